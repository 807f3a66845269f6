// Package markup writes HTML and SVG. Markup is what stands in a program, text is everything else: a Writer takes markup as
// constants only, and escapes whatever is filled into them. So nothing that came over the wire ever becomes markup.
//
//	w.HTML(`<dt>{}</dt><dd><a href="{}"`, label, address)
//	w.If(here, ` aria-current="page"`)
//	w.HTML(`>{}</a></dd>`, text)
//
// A Writer belongs to one goroutine.
package markup
