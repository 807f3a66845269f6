// Package calltest makes the calls that tests tell and draw: two phones with clocks of their own, the messages that go
// between them, and what each of them would have recorded. The same calls stand as event lines in trace/testdata.
package calltest
