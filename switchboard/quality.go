package switchboard

import (
	"sidetone/media"
	"sidetone/trace"
)

