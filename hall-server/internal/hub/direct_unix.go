//go:build unix

package hub

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// writeNow writes as much of data as the connection takes without waiting.
func writeNow(raw syscall.RawConn, data []byte) int {
	n := 0
	err := raw.Write(func(fd uintptr) bool {
		n, _ = unix.Write(int(fd), data) // what is wrong shows when the rest is written
		return true                      // never wait
	})
	if err != nil {
		return 0
	}
	return max(n, 0)
}
