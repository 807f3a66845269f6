package phrase

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidetone/trace/calltest"
)

var update = flag.Bool("update", false, "write catalogue.deflated and a part of docs/fr-review.md")

const review = "../../docs/fr-review.md"

// examples are values of the parameters, as a call might give them. A name that begins with a vowel shows the elisions.
var examples = map[string][2]string{
	"who": {"Alice"}, "other": {"Marc"}, "caller": {"Alice"}, "callee": {"Émile"}, "by": {"Alice"}, "held": {"Marc"}, "to": {"Hélène"}, "name": {"Alice"},
	"names": {"Alice and Marc", "Alice et de Marc"}, "a": {"Alice"}, "b": {"Alice"}, "number": {"102"}, "seats": {"Alice, Marc"},
	"wait": {"5.3\u00a0s", "5,3\u00a0s"}, "talk": {"1\u00a0min\u00a033\u00a0s"}, "total": {"32\u00a0s"}, "ringing": {"15\u00a0s"}, "took": {"31\u00a0ms"}, "left": {"3\u00a0min"},
	"for": {"5.0\u00a0s", "5,0\u00a0s"}, "step": {"2.0\u00a0s", "2,0\u00a0s"}, "apart": {"3\u00a0ms"}, "loss": {"0.2\u00a0%", "0,2\u00a0%"}, "offset": {"+5.337", "+5,337"},
	"holds": {" with one hold of 28\u00a0s", ", avec une mise en attente de 28\u00a0s"}, "end": {"Alice hung up", "Alice a raccroché"},
	"status": {"486"}, "before": {"180"}, "first": {"183"}, "then": {"180"}, "meaning": {"busy", "occupé"}, "result": {"busy", "occupé"}, "method": {"re-INVITE"},
	"message": {"INVITE"}, "address": {"192.0.2.9:5060"}, "transport": {"UDP"}, "codec": {"G.722"}, "direction": {"both directions", "dans les deux sens"},
	"timer": {"ISUP T2"}, "flow": {"office"}, "schedule": {"office hours"}, "branch": {"open"}, "menu": {"main"}, "key": {"2"}, "target": {"sales"},
	"interface": {"eth0"}, "part": {"audio"}, "error": {"no such device"}, "line": {"101"}, "registrar": {"example.com"}, "version": {"1.2.0"},
	"source": {"the file", "le fichier"}, "from": {"12"}, "state": {"kept"}, "reason": {"its journal was full", "son journal était plein"}, "kind": {"future.kind"},
	"phase": {"talking", "conversation"}, "text": {"Gone fishing"}, "seen": {"75"}, "evidence": {"two", "deux"}, "copies": {"5"}, "arrived": {"1"}, "what": {"held by Alice", "mis en attente par Alice"},
	"label": {"180 Ringing"}, "op": {"call.test"},
	"actual": {"312"}, "stated": {"308"}, "after": {"12\u00a0s"}, "ago": {"3\u00a0min"}, "down": {"4.2\u00a0s", "4,2\u00a0s"}, "until": {"+3:20"}, "interval": {"30\u00a0min"},
	"all": {"4"}, "call": {"01JD7Q3V9K"}, "ends": {"4.4 / 4.3", "4,4 / 4,3"}, "mos": {"3.1", "3,1"}, "jitter": {"60\u00a0ms"}, "packets": {"250"},
	"far": {"203.0.113.9"}, "negotiated": {"192.0.2.9:4000"}, "field": {"Contact"}, "type": {"application/sdp"},
	"how": {"12\u00a0% of the packets never arrived", "12\u00a0% des paquets ne sont jamais arrivés"}, "offered": {"G722, PCMA"}, "listed": {"PCMU"},
}

// fillIn is a sentence with examples; one that counts is said of one and of three.
func fillIn(t *testing.T, key string, lang Lang, s template) string {
	t.Helper()
	say := func(n int) string {
		var args []Arg
		for _, seg := range s {
			example, known := examples[seg.name]
			switch {
			case seg.name == "" || hasArg(args, seg.name):
			case seg.plural != nil || seg.name == "n":
				args = append(args, Count(seg.name, n))
			case !known:
				t.Errorf("%s: no example of {%s}", key, seg.name)
			case lang == FrCA && example[1] != "":
				args = append(args, With(seg.name, example[1]))
			default:
				args = append(args, With(seg.name, example[0]))
			}
		}
		return s.fill(lang, args)
	}
	one, three := say(1), say(3)
	if one == three {
		return one
	}
	return one + "<br>" + three
}

func hasArg(args []Arg, name string) bool {
	_, ok := find(args, name)
	return ok
}

// reviewRows are the lines of a file of the catalogue, filled in.
func reviewRows(t *testing.T, b *strings.Builder, file string) {
	t.Helper()
	row := func(key string, s sentence) {
		cell := strings.NewReplacer("|", "\\|")
		b.WriteString("| `" + key + "` | " + cell.Replace(fillIn(t, key, En, s[En])) + " | " + cell.Replace(fillIn(t, key, FrCA, s[FrCA])) + " |\n")
	}
	name := filepath.Base(file)
	b.WriteString("\n## " + strings.TrimSuffix(name, ".tsv") + "\n\n| Key | English | Français |\n|---|---|---|\n")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	err = eachLine(string(text), func(key string, columns []string) error {
		if name == statusFile {
			s, err := parseStatus(key, columns)
			if err != nil {
				return err
			}
			row("short."+key, s.short)
			row("status."+key, s.sentence)
			return nil
		}
		s, err := parseSentence(columns)
		if err == nil {
			row(key, s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReviewOfTheFrenchIsUpToDate(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Sentences for a native reader

Every sentence and word that people read, in English and in the French of Canada, with its parameters filled in as examples.
A sentence that counts stands there twice, for one and for three. What is told about calls is corrected in
` + "`trace/phrase/catalogue`" + `, the words of pages where the heading of their table says; the command that stands before a part then writes
that part again.

Terms follow the *Grand dictionnaire terminologique* of the Office québécois de la langue française (afficheur, mise en attente, poste,
raccrocher, composer, renvoi); typography has no space before ; ! ? and a no-break space before a colon and inside « ». Before a name de loses
its vowel where the name begins with the sound of one: « d’Alice », « d’Yves », « d’Hélène », but « de Yann », « de Harry »; before a
number never: « de 101 », « de 8 ».
`)
	names, err := filepath.Glob("catalogue/*.tsv")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	for _, name := range names {
		reviewRows(t, &b, name)
	}
	calltest.Review(t, *update, review, "go test ./trace/phrase -update", b.String())
}
