package page

import "sidetone/trace/phrase"

// Frame is what surrounds the content of every page.
type Frame struct {
	Lang      phrase.Lang
	Words     *Words
	Title     string
	Nav       []NavItem
	Languages []NavItem // one for each language, in that language
	Links     Links
	Libraries []string // static files that are plain scripts, before the modules
	Modules   []string // static files that are modules, in order
	Styles    []string // further style sheets
	Live      string   // address of the stream of changes; "" when the page never changes
}

// NavItem is an entry of the navigation.
type NavItem struct {
	Label   string
	Address string
	Lang    phrase.Lang // of the label, when it differs from the page's
	Here    bool
}

// Languages are the entries of the language switch for an address.
func Languages(current phrase.Lang, links Links, address string) []NavItem {
	names := map[phrase.Lang]string{phrase.En: "English", phrase.FrCA: "Français"}
	var items []NavItem
	for _, lang := range phrase.Langs() {
		items = append(items, NavItem{Label: names[lang], Address: links.In(lang, address), Lang: lang, Here: lang == current})
	}
	return items
}
