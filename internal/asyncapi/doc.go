// Package asyncapi makes docs/asyncapi.yaml, the contract of the topics (AsyncAPI 3.0.0, with schemas of JSON Schema draft 7),
// from the Go types that are published and from their comments. It is run by its tests, and linked into no program.
//
//	go generate ./internal/asyncapi
package asyncapi

//go:generate go test . -run TestTheDocumentIsWhatTheTypesSay -update
