//go:build small

package main

import "errors"

// openPage refuses what this agent was built without.
func (a *agent) openPage() (pageServer, error) {
	if a.cfg.Device.Page.Listen != "" {
		return nil, a.cfg.Fault("device.page.listen", errors.New("this agent was built without the page, as small ones are; leave it empty"))
	}
	return nil, nil
}
