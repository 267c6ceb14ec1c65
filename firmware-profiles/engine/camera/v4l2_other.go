//go:build !linux

package camera

import (
	"context"
	"errors"
)

// openVideo is for Linux only.
func openVideo(context.Context, string, settings) (source, error) {
	return nil, errors.New("USB cameras can be used on Linux only; use one with an HTTP address")
}
