// Package config is the agent's configuration file: its shape, its defaults and its strict reading. Only the commands
// import it; everything else is handed its options.
//
// The file is YAML. Every key has a default (Default), is listed once (settings, in schema.go) and is explained in
// examples/agent.yaml. Load reports every problem of a file at once, each as
//
//	agent.yaml:12: sip.listen[0]: what is wrong; what is allowed
//
// Secrets never stand in the file: it names files that hold them. Paths are relative to the working directory.
package config
