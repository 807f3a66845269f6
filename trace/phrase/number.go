package phrase

import (
	"strconv"
	"strings"
	"time"
)

// nbsp keeps a number and its unit on one line; a terminal writes it as a plain space.
const nbsp = "\u00a0"

// Decimal writes a number with the given digits after the decimal sign.
func (l Lang) Decimal(v float64, digits int) string {
	return l.comma(strconv.FormatFloat(v, 'f', digits, 64))
}

func (l Lang) comma(s string) string {
	if l == FrCA {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Percent writes a part of a whole, part from 0 to 1: "0.2 %". A part that would round to nothing is not written as 0.
func (l Lang) Percent(part float64) string {
	digits := 1
	switch {
	case part == 0 || part >= 0.0995:
		digits = 0
	case part < 0.0005:
		return "<" + nbsp + l.Decimal(0.1, 1) + nbsp + "%"
	}
	return l.Decimal(part*100, digits) + nbsp + "%"
}

// Duration writes how long something took, as a person would say it: "31 ms", "6.2 s", "28 s", "1 min 42 s", "1 h 5 min".
func (l Lang) Duration(d time.Duration) string {
	d = d.Abs()
	switch {
	case d < 9950*time.Millisecond:
		return l.short(d)
	case d < 59500*time.Millisecond:
		return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + nbsp + "s"
	default:
		return l.long(d)
	}
}

// Measured writes a duration with a decimal below a minute: "28.0 s". It suits a column of them.
func (l Lang) Measured(d time.Duration) string {
	d = d.Abs()
	if d < 59950*time.Millisecond {
		return l.short(d)
	}
	return l.long(d)
}

func (l Lang) short(d time.Duration) string {
	switch {
	case d == 0:
		return "0" + nbsp + "s"
	case d < time.Millisecond:
		return "<" + nbsp + "1" + nbsp + "ms"
	case d < 999500*time.Microsecond:
		return strconv.Itoa(int(d.Round(time.Millisecond)/time.Millisecond)) + nbsp + "ms"
	default:
		return l.Decimal(d.Seconds(), 1) + nbsp + "s"
	}
}

func (l Lang) long(d time.Duration) string {
	if d < time.Hour-500*time.Millisecond {
		s := int(d.Round(time.Second) / time.Second)
		return join(s/60, "min", s%60, "s")
	}
	m := int(d.Round(time.Minute) / time.Minute)
	if m < 24*60 {
		return join(m/60, "h", m%60, "min")
	}
	day := "d"
	if l == FrCA {
		day = "j"
	}
	return join(m/(24*60), day, m%(24*60)/60, "h")
}

// join leaves a second part of zero out.
func join(a int, unitA string, b int, unitB string) string {
	s := strconv.Itoa(a) + nbsp + unitA
	if b != 0 {
		s += nbsp + strconv.Itoa(b) + nbsp + unitB
	}
	return s
}

// Offset writes a time since the start of a call: "+0.884", "+1:15.121", "−3.310"; what rounds to
// nothing is "+0.000".
func (l Lang) Offset(d time.Duration) string {
	sign := "+"
	ms := int64(d.Round(time.Millisecond) / time.Millisecond)
	if ms < 0 {
		sign, ms = "−", -ms
	}
	hours, minutes, seconds := ms/3_600_000, ms/60_000%60, ms/1000%60
	b := append(make([]byte, 0, 16), sign...)
	switch {
	case hours > 0:
		b = padded(append(padded(append(padded(b, hours, 1), ':'), minutes, 2), ':'), seconds, 2)
	case minutes > 0:
		b = padded(append(padded(b, minutes, 1), ':'), seconds, 2)
	default:
		b = padded(b, seconds, 1)
	}
	return l.comma(string(padded(append(b, '.'), ms%1000, 3)))
}

// padded appends a number with at least so many digits.
func padded(b []byte, n int64, digits int) []byte {
	for unit := int64(10); digits > 1; unit, digits = unit*10, digits-1 {
		if n < unit {
			b = append(b, "000"[:digits-1]...)
			break
		}
	}
	return strconv.AppendInt(b, n, 10)
}

// Number writes a count, grouped by thousands: "10,000", « 10 000 ».
func (l Lang) Number(n int) string {
	s := strconv.Itoa(n)
	group := ","
	if l == FrCA {
		group = nbsp
	}
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + group + s[i:]
	}
	return s
}
