package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/collector/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSQLiteKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, filepath.Join(t.TempDir(), "data", "sidetone.db")) })
}
