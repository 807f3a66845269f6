// Package link watches the network interfaces of the device: a cable pulled or plugged in, Wi-Fi lost or found, an address
// that came or went. The kernel tells it over a netlink socket (rtnetlink(7)); nothing is polled.
//
// What comes in one moment is told together: an interface that comes up brings its addresses in a burst.
package link
