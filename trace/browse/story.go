package browse

import (
	"strings"

	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

// The narrowest terminals that show two things beside each other: the story with the messages, the ladder with a message.
const (
	storyBeside  = 112
	ladderBeside = 112
)

// lay lays the story out for a width.
func (c *call) lay(width int, o Options) []story.Line {
	if c.storyWidth != width {
		c.storyLines = story.Lines(c.story, width, story.InColour(), story.In(o.Location))
		c.storyWidth = width
	}
	return c.storyLines
}

// itemOf is what a line of the story tells, -1 for none.
func (c *call) itemOf(l story.Line) int {
	if l.Finding >= 0 {
		return len(c.story.Steps) + l.Finding
	}
	return l.Step
}

// lines are those of an item.
func (c *call) linesOf(item int) (first, last int) {
	first, last = -1, -1
	for i, l := range c.storyLines {
		if c.itemOf(l) == item {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	return first, last
}

func (m *Model) storyKey(k Key) {
	c := m.call
	switch k {
	case Enter, Right, Tab, 'm':
		m.enter(ladderView)
		return
	case 'c':
		m.compare()
		return
	default:
	}
	if c.storyWidth == 0 { // a key that came before anything was shown
		m.Frame()
	}
	by, moves := step(k, len(c.storyLines), c.storyPage.height)
	if !moves {
		return
	}
	if by == 1 || by == -1 {
		c.walk(by)
	} else {
		c.leaf(by)
	}
	c.follow()
}

// walk goes to the next item, or towards the selected one while it is out of sight.
func (c *call) walk(by int) {
	page := &c.storyPage
	first, last := c.linesOf(c.item)
	switch {
	case first < 0 || first >= page.top+page.height && by > 0 || last < page.top && by < 0:
		page.top += by
	case c.item+by < 0: // up to the verdict
		page.top--
	case c.item+by < c.items():
		first, last = c.linesOf(c.item + by)
		if c.item += by; first >= 0 {
			page.reveal(first, last)
		}
	}
	page.place(page.lines, page.height)
}

// leaf turns pages, and selects the first item in sight that is not before the one selected, or the last one on the way back.
func (c *call) leaf(by int) {
	page := &c.storyPage
	page.top += by
	page.place(page.lines, page.height)
	for i := page.top; i < min(page.top+page.height, len(c.storyLines)); i++ {
		if item := c.itemOf(c.storyLines[i]); item >= 0 {
			c.item = item
			if by < 0 || page.top+page.height < page.lines {
				return
			}
		}
	}
}

func (m *Model) storyBody(height int) []Line {
	c := m.call
	width := m.width
	if m.width >= storyBeside && !m.options.Plain {
		width = max(m.width-58, m.width*11/20)
	}
	lines := c.lay(width, m.options)
	var note []Line
	if c.abandoned {
		note = wrapped(terminal.Yellow, "! "+m.say("browse.no-agent"), width)
	}
	note = note[:min(len(note), height/2)]
	c.storyPage.place(len(lines), height-len(note))
	if first, last := c.linesOf(c.item); c.moved && first >= 0 {
		c.storyPage.reveal(first, last)
	}
	c.moved = false
	left := note
	for i := c.storyPage.top; i < min(c.storyPage.top+c.storyPage.height, len(lines)); i++ {
		left = append(left, m.storyLine(lines, i, width))
	}
	if width == m.width {
		return part(left, 0, height)
	}
	return beside(left, m.rows(m.width-width-3, height), width+1, height)
}

// storyLine shows a line, and that it is selected: the first line of an item has room for a mark.
func (m *Model) storyLine(lines []story.Line, i, width int) Line {
	line := painted(lines[i].Text)
	item := m.call.itemOf(lines[i])
	if item < 0 || item != m.call.item {
		return line
	}
	if i == 0 || m.call.itemOf(lines[i-1]) != item {
		for n, s := range line {
			if s.Text != "" {
				line[n].Text = "›" + strings.TrimPrefix(s.Text, " ")
				break
			}
		}
	}
	return line.pick(width)
}
