package main

import (
	"fmt"
	"net/netip"

	"sidetone/config"
	"sidetone/sipua"
)

// accounts are the identities of the phone, with their passwords.
func accounts(cfg config.Config) ([]sipua.Account, error) {
	var all []sipua.Account
	for i, a := range cfg.SIP.Accounts {
		account := sipua.Account{
			AOR: a.AOR, Name: a.Name, OutboundProxy: a.OutboundProxy, Registrar: a.Registrar, Expires: a.Expires,
			Username: a.Username, Accept: sipua.Accept(a.Accept),
		}
		for _, n := range a.Networks {
			network, err := netip.ParsePrefix(n)
			if err != nil {
				return nil, cfg.Fault(fmt.Sprintf("sip.accounts[%d].networks", i), err)
			}
			account.Networks = append(account.Networks, network)
		}
		if a.PasswordFile != "" {
			var err error
			if account.Password, err = config.Secret(a.PasswordFile); err != nil {
				return nil, cfg.Fault(fmt.Sprintf("sip.accounts[%d].password_file", i), err)
			}
		}
		all = append(all, account)
	}
	return all, nil
}
