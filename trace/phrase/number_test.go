package phrase

import (
	"strings"
	"testing"
	"time"
)

func plain(s string) string { return strings.ReplaceAll(s, nbsp, " ") }

func TestDurationsAreWrittenAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		d                      time.Duration
		said, measured, quebec string
	}{
		{0, "0 s", "0 s", "0 s"},
		{400 * time.Microsecond, "< 1 ms", "< 1 ms", "< 1 ms"},
		{31 * time.Millisecond, "31 ms", "31 ms", "31 ms"},
		{999_600 * time.Microsecond, "1.0 s", "1.0 s", "1,0 s"},
		{6240 * time.Millisecond, "6.2 s", "6.2 s", "6,2 s"},
		{9960 * time.Millisecond, "10 s", "10.0 s", "10 s"},
		{28 * time.Second, "28 s", "28.0 s", "28 s"},
		{59_960 * time.Millisecond, "1 min", "1 min", "1 min"},
		{102 * time.Second, "1 min 42 s", "1 min 42 s", "1 min 42 s"},
		{59*time.Minute + 59_700*time.Millisecond, "1 h", "1 h", "1 h"},
		{65 * time.Minute, "1 h 5 min", "1 h 5 min", "1 h 5 min"},
		{49 * time.Hour, "2 d 1 h", "2 d 1 h", "2 j 1 h"},
		{-3 * time.Millisecond, "3 ms", "3 ms", "3 ms"},
	} {
		if got := plain(En.Duration(c.d)); got != c.said {
			t.Errorf("Duration(%v): %q, want %q", c.d, got, c.said)
		}
		if got := plain(En.Measured(c.d)); got != c.measured {
			t.Errorf("Measured(%v): %q, want %q", c.d, got, c.measured)
		}
		if got := plain(FrCA.Duration(c.d)); got != c.quebec {
			t.Errorf("fr-CA Duration(%v): %q, want %q", c.d, got, c.quebec)
		}
	}
}

func TestNumberAndUnitStayTogether(t *testing.T) {
	for _, s := range []string{En.Duration(102 * time.Second), En.Percent(.002), FrCA.Number(12345), FrCA.Percent(.5)} {
		if strings.Contains(s, " ") || !strings.Contains(s, nbsp) {
			t.Errorf("%q can be broken", s)
		}
	}
}

func TestOffsetsCountFromTheStartOfTheCall(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "+0.000", 884 * time.Millisecond: "+0.884", 75_121 * time.Millisecond: "+1:15.121",
		-3310 * time.Millisecond: "−3.310", 3723*time.Second + 100*time.Millisecond: "+1:02:03.100",
		59_999_600 * time.Microsecond: "+1:00.000",
	} {
		if got := En.Offset(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
		if got := FrCA.Offset(d); got != strings.Replace(want, ".", ",", 1) {
			t.Errorf("fr-CA %v: %q", d, got)
		}
	}
}

func TestPartsThatAreNotZeroAreNotWrittenAsZero(t *testing.T) {
	for part, want := range map[float64]string{0: "0 %", .0001: "< 0.1 %", .002: "0.2 %", .0996: "10 %", .5: "50 %", 1: "100 %"} {
		if got := plain(En.Percent(part)); got != want {
			t.Errorf("%v: %q, want %q", part, got, want)
		}
	}
}

func TestCountsAreGroupedByThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := En.Number(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := plain(FrCA.Number(1234567)); got != "1 234 567" {
		t.Error(got)
	}
}
