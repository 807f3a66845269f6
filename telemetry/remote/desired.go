package remote

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"sidetone/internal/seal"
	"sidetone/internal/statefile"
)

// Desired is a configuration that is wished for, on top of the device's own file. Its zero value is that file alone.
type Desired struct {
	Ver int64           `json:"ver"`           // from 1, and greater than that of the one before
	Set json.RawMessage `json:"set,omitempty"` // an object: key of the file to value, such as {"log.level":"debug"}; a message without it is refused
	Exp string          `json:"exp,omitempty"` // part of what is signed, and of no other meaning
	By  string          `json:"by,omitempty"`  // who wishes
	Sig string          `json:"sig,omitempty"` // Ed25519 signature (RFC 8032), base64
}

// DecodeDesired reads the payload of dn/cfg.
func DecodeDesired(payload []byte) (Desired, error) {
	var d Desired
	if err := readable(payload); err != nil {
		return d, err
	}
	if err := strict(payload, &d, "ver set exp by sig"); err != nil {
		return Desired{}, err
	}
	if d.Ver < 1 {
		return Desired{}, errors.New("ver: want a number from 1 on")
	}
	if err := checkSet(d.Set); err != nil {
		return Desired{}, err
	}
	return d, oneLine(d.By)
}

// checkSet wants an object; what is in it is for the configuration to judge.
func checkSet(set json.RawMessage) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(set, &values); err != nil || values == nil {
		return errors.New(`set: want an object such as {"log.level":"debug"}`)
	}
	return nil
}

// Standing is what became of the desired configuration.
type Standing struct {
	Desired       // the one in use
	Trying  int64 `json:"trying,omitempty"` // the version that is tried
	// Refused is the version that was refused last, and why: it is not tried again.
	Refused int64  `json:"refused,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Keeper keeps the Standing in a file. One goroutine changes it; any may ask for it.
type Keeper struct {
	Tenant, Device string            // whose configuration it is
	Key            ed25519.PublicKey // who may set it; nil lets everybody

	path string // "" forgets it with the process

	mu    sync.Mutex // guards all below
	state Standing
}

// OpenKeeper reads what was kept. A file that cannot be read is an error, and the keeper can be used nevertheless: nothing is
// wished for then. A version whose trial was not survived is refused.
func OpenKeeper(path string) (*Keeper, error) {
	k := &Keeper{path: path}
	err := statefile.ReadJSON(path, &k.state)
	if err == nil && k.state.Ver > 0 {
		err = checkSet(k.state.Set)
	}
	if err != nil {
		k.state = Standing{}
		return k, fmt.Errorf("the desired configuration of before is not known: %w", err)
	}
	if k.state.Trying > 0 {
		return k, k.Refuse(k.state.Trying, errors.New("the agent ended while it was tried"))
	}
	return k, nil
}

// Read judges the payload of dn/cfg: whether it is to be acted on, and what is wrong with it. An empty one takes the wish back
// (MQTT 3.1.1 section 3.3.1.3), unless it would have to be signed.
func (k *Keeper) Read(payload []byte) (d Desired, act bool, err error) {
	s, key := k.State(), k.Key
	if len(payload) == 0 {
		if key != nil {
			return d, false, Faultf(Unsigned, "only a signed configuration can replace one; sign an empty set")
		}
		return d, s.Ver > 0, nil
	}
	if d, err = DecodeDesired(payload); err != nil {
		return d, false, &Fault{Code: Malformed, Err: err}
	}
	if key != nil {
		if err := k.verify(key, d); err != nil {
			return d, false, &Fault{Code: Unsigned, Err: err}
		}
	}
	return d, d.Ver > s.Ver && d.Ver != s.Refused && d.Ver != s.Trying, nil
}

func (k *Keeper) verify(key ed25519.PublicKey, d Desired) error {
	return seal.Verify(key, d.Sig, seal.Config, k.Tenant, k.Device, strconv.FormatInt(d.Ver, 10), string(d.Set), d.Exp, d.By)
}

// State tells what is in use and what was refused.
func (k *Keeper) State() Standing {
	k.mu.Lock()
	s := k.state
	k.mu.Unlock()
	return s
}

// Try notes that a version is about to be tried; 0 takes that back.
func (k *Keeper) Try(ver int64) error {
	s := k.State()
	s.Trying = ver
	return k.settle(s)
}

// Keep has a configuration stay. A later version that was refused is not forgotten: the broker may have it still.
func (k *Keeper) Keep(d Desired) error {
	s := k.State()
	s.Desired, s.Trying = d, 0
	if s.Refused <= d.Ver {
		s.Refused, s.Error = 0, ""
	}
	return k.settle(s)
}

// Refuse has the one in use stay.
func (k *Keeper) Refuse(ver int64, why error) error {
	s := k.State()
	s.Trying, s.Refused, s.Error = 0, ver, why.Error()
	return k.settle(s)
}

func (k *Keeper) settle(s Standing) error {
	k.mu.Lock()
	k.state = s
	err := statefile.WriteJSON(k.path, s)
	k.mu.Unlock()
	if err != nil {
		return fmt.Errorf("keep the desired configuration: %w", err)
	}
	return nil
}
