package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"smarthall/internal/atomicfile"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// maxAssigned bounds the file of what the hall has assigned, in bytes: a message
// of the hall isn't longer.
const maxAssigned = link.MaxDown

// assignedPath is where what the hall has assigned is kept, so that an agent
// that starts while the hall is away has its devices.
func (c *Config) assignedPath() string { return filepath.Join(c.Data, "assigned-devices.json") }

// readAssigned reads what was kept; nothing if nothing was.
func readAssigned(path string) (link.DevicesAssigned, error) {
	var kept link.DevicesAssigned
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err == nil && info.Size() > maxAssigned {
		err = fmt.Errorf("it has %d bytes", info.Size())
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err == nil {
		err = json.Unmarshal(data, &kept)
	}
	if err != nil {
		return link.DevicesAssigned{}, fmt.Errorf("read the devices that the hall has assigned: %w", err)
	}
	return kept, nil
}

// restoreAssigned begins with the devices that the hall assigned last. A file
// that can't be read is set aside: the hall tells anew.
func (a *Agent) restoreAssigned() {
	path := a.opt.Config.assignedPath()
	kept, err := readAssigned(path)
	if err != nil {
		aside := path + ".broken"
		a.log.Warn("file of assigned devices is set aside", slog.String("file", aside), slog.Any("err", err))
		if err := os.Rename(path, aside); err != nil {
			a.log.Error("broken file of assigned devices stays", slog.String("file", path), slog.Any("err", err))
		}
		return
	}
	if kept.Rev != "" {
		a.assign(kept)
		a.Devices.settle()
	}
}

// takeAssigned takes what the hall assigns. What the agent has already changes
// nothing. It is called by one goroutine at a time.
func (a *Agent) takeAssigned(m link.Message) {
	var now link.DevicesAssigned
	if err := m.Into(&now); err != nil || now.Rev == "" || len(now.Devices) > link.MaxDevices {
		a.log.Error("devices that the hall assigns unreadable", slog.Int("devices", len(now.Devices)), slog.Any("err", err))
		return
	}
	if now.Rev == a.assignment() {
		return
	}
	data, err := json.Marshal(now)
	if err == nil {
		err = atomicfile.Write(a.opt.Config.assignedPath(), data, 0o600)
	}
	if err != nil { // it works without: the hall tells again at the next start
		a.log.Error("devices that the hall assigns not kept", slog.Any("err", err))
	}
	a.log.Info("the hall assigns devices", slog.Int("devices", len(now.Devices)), slog.String("rev", now.Rev))
	a.assign(now)
	a.tellDevices()
}

// assign has the devices opened, with the hall's own profiles.
func (a *Agent) assign(now link.DevicesAssigned) {
	if a.opt.Profiles != nil {
		a.opt.Profiles(now.Profiles)
	}
	list := make([]Assigned, 0, len(now.Devices))
	seen := map[string]bool{}
	for _, d := range now.Devices {
		c := device.Config{ID: d.ID, Profile: d.Profile, Port: d.Port, Baud: d.Baud, Params: d.Params, Roll: d.Roll, Window: d.Window}
		if err := checkDevice(c, seen); err != nil {
			a.log.Error("device that the hall assigns is left out", slog.String("device", d.ID), slog.Any("err", err))
			continue
		}
		list = append(list, Assigned{Config: c, Class: device.Class(d.Class)})
	}
	a.mu.Lock()
	a.assignedRev = now.Rev
	a.mu.Unlock()
	a.Devices.Assign(list)
}

// assignment is the rev of what the hall has assigned.
func (a *Agent) assignment() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.assignedRev
}

// listed tells the pages, the door and the hall that devices came or went.
func (a *Agent) listed() {
	a.mu.Lock()
	if err := a.sendAll(link.TypePageSnapshot, a.describe()); err != nil {
		a.log.Error("pages not told of devices", slog.Any("err", err))
	}
	a.mu.Unlock()
	if a.opt.Hooks.Devices != nil {
		a.opt.Hooks.Devices()
	}
	a.tellDevices()
}

// tellDevices tells the hall which devices there are. What changes of them at
// the same time may overtake the list, so each is told again.
func (a *Agent) tellDevices() {
	a.listing.Lock()
	views := a.forHall()
	a.Client.tell(link.TypeDevicesChanged, link.DevicesChanged{Rev: a.assignment(), Devices: views})
	a.listing.Unlock()
	for _, v := range views {
		a.Devices.Tell(v.ID)
	}
}

// relist tells the hall of the devices if they are not those of told: some came
// or went while it was being greeted.
func (a *Agent) relist(told []link.DeviceView) {
	same := func(a, b link.DeviceView) bool { return a.ID == b.ID && a.Assigned == b.Assigned }
	if !slices.EqualFunc(told, a.forHall(), same) {
		a.tellDevices()
	}
}
