package ladder

// styles are the drawing's own: they take the page's colours where it has them.
const styles = `
.ladder{display:block;width:100%;height:auto;font:12.5px/1.3 var(--sans,system-ui,-apple-system,"Segoe UI","Noto Sans",Roboto,sans-serif);font-variant-numeric:tabular-nums}
.ladder text{fill:var(--ink,#16202a)}
.ladder .l{stroke:var(--line,#e3e1da);stroke-width:1.5;fill:none}
.ladder .n{font-size:13px;font-weight:650;text-anchor:middle}
.ladder .ad,.ladder .t,.ladder .d{font:11px var(--mono,ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace);fill:var(--ink-2,#52606d)}
.ladder .ad{text-anchor:middle}
.ladder .d{fill:var(--accent,#0b6e75)}
.ladder .m{text-anchor:middle}
.ladder .note{fill:var(--ink-2,#52606d)}
.ladder .a{stroke:var(--ink,#16202a);stroke-width:1.4;fill:none}
.ladder .t-provisional .a{stroke:var(--ink-3,#8793a0)}
.ladder .t-success .a{stroke:var(--good,#1d7a46);stroke-width:1.6}
.ladder .t-failure .a{stroke:var(--bad,#b3302a);stroke-width:1.8}
.ladder .t-failure .m{fill:var(--bad,#b3302a);font-weight:650}
.ladder .t-held .a{stroke:var(--held,#6d5bb0);stroke-width:2.4}
.ladder .t-held .m{font-weight:650}
.ladder .t-held .note,.ladder .k-band.t-held .m{fill:var(--held,#6d5bb0)}
.ladder .k-band .b{fill:var(--accent-soft,#e2f1f1)}
.ladder .k-band .m{fill:var(--accent,#0b6e75)}
.ladder .k-band.t-held .b{fill:var(--held-soft,#ece8f8)}
.ladder .k-band.t-held .m{font-weight:400}
.ladder .hatch{stroke:var(--card,#fff);stroke-width:3}
.ladder .pill{fill:var(--line-2,#efede7)}
.ladder .t-failure .pill{fill:var(--bad-soft,#fbe7e5)}
.ladder .t-held .pill{fill:var(--held-soft,#ece8f8)}
.ladder .gap{fill:var(--warn-soft,#fbf0dc);stroke:var(--warn,#9a6300);stroke-dasharray:3 3}
.ladder .k-hole .m{fill:var(--warn,#9a6300)}
.ladder .k-quiet .m{fill:var(--ink-2,#52606d);font-style:italic}
.ladder .pause{stroke:var(--card,#fff);stroke-width:3}
.ladder .sel{fill:transparent}
.ladder .row[data-evidence]{cursor:pointer;outline:0}
.ladder .row[data-evidence]:hover .sel{fill:var(--line-2,#efede7)}
.ladder .related .sel{fill:var(--line-2,#efede7)}
.ladder .selected .sel,.ladder .selected:hover .sel{fill:var(--accent-soft,#e2f1f1)}
.ladder .row:focus-visible .sel{stroke:var(--accent,#0b6e75);stroke-width:2}
`

// ownColours are for a drawing that stands by itself.
const ownColours = `
.ladder{color-scheme:light dark;--ink:#16202a;--ink-2:#52606d;--ink-3:#8793a0;--card:#fff;--line:#d9d6cd;--line-2:#efede7;--accent:#0b6e75;--accent-soft:#e2f1f1;--good:#1d7a46;--warn:#9a6300;--warn-soft:#fbf0dc;--bad:#b3302a;--bad-soft:#fbe7e5;--held:#6d5bb0;--held-soft:#ece8f8}
@media (prefers-color-scheme:dark){.ladder{--ink:#e8edf1;--ink-2:#a9b5c0;--ink-3:#74828f;--card:#182027;--line:#2a343d;--line-2:#212a32;--accent:#56c2c6;--accent-soft:#16343a;--good:#66c893;--warn:#e0b057;--warn-soft:#33270f;--bad:#f0837b;--bad-soft:#3a1b19;--held:#b3a4ea;--held-soft:#272140}}
.ladder .paper{fill:var(--card)}
.ladder .row[data-evidence]{cursor:auto}
`
