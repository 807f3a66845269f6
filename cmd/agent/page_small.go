//go:build small

package main

import "errors"

// openPage refuses what a small agent has not.
func (a *agent) openPage() (pageServer, error) {
	if a.cfg.Device.Page.Listen != "" {
		return nil, a.cfg.Fault("device.page.listen", errors.New("this agent was built small, without a page; leave it empty"))
	}
	return nil, nil
}
