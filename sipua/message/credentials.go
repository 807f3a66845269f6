package message

import "github.com/emiago/sipgo/sip"

// CopyCredentials repeats the credentials of an INVITE in its ACK, which cannot be challenged (RFC 3261 section 22.1).
func CopyCredentials(invite, ack *sip.Request) {
	sip.CopyHeaders("Authorization", invite, ack)
	sip.CopyHeaders("Proxy-Authorization", invite, ack)
}
