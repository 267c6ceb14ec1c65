package counter

import (
	"path/filepath"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/imaging"
	"smarthall/internal/link"
)

// newCounterPapers returns the papers of a counter whose agent is made.
func newCounterPapers(c *Counter, conf *agent.Config) (*papers, error) {
	store, err := openPapers(filepath.Join(conf.Data, "papers"), conf.Token, c.log)
	if err != nil {
		return nil, err
	}
	return newPapers(papersConfig{
		Store: store, Hall: c.agent.Documents, Process: imaging.Process, Number: c.numberOf, Log: c.log,
		Camera: func() (cam camera) {
			if d := c.agent.Devices.Best(device.ClassCamera); d != nil {
				cam = d
			}
			return cam
		},
		Scanner: func() (scan scanner) {
			if d := c.agent.Devices.Best(device.ClassDocumentScanner); d != nil {
				scan = d
			}
			return scan
		},
		PageBytes: func() int {
			hall, _ := c.agent.Hall()
			return hall.Hall.PageBytes
		},
		Tell: func(view link.Papers) { c.agent.Broadcast(link.TypePapersChanged, view) },
		Now:  c.agent.Client.Now,
	}), nil
}
