// Package phrase holds every sentence that the product tells a call with, in English and Canadian French, and writes
// numbers, durations and names as people of each language write them.
//
// The catalogue is data, one line a sentence with both languages side by side (catalogue/*.tsv), so that a native
// reader can go through it without reading code. Who changes it runs go test ./trace/phrase -update, which packs it anew. Canadian French follows the typography of the Office québécois de la
// langue française: no space before ; ! ?, a no-break space before a colon and inside « guillemets », a decimal comma.
//
// Everything is a pure function of its arguments and safe for concurrent use.
package phrase
