package hall

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Models are the device models that a hall knows: those of the shipped firmware
// profiles, and its technician's own.
type Models interface {
	// Class is that of the profile with an id; false if there is none.
	Class(profile string) (device.Class, bool)
	// Misfits are what of d's speed and parameters its profile doesn't take, in
	// Chinese, by the key: baud, or params/<name>.
	Misfits(d device.Config) map[string]string
	// Texts are the hall's own profiles among those with the ids, and what they
	// inherit, sorted by id. Shipped ones are none of them.
	Texts(profiles []string) []link.ProfileText
}

// deviceID is what a device's id looks like, as in agents' own settings.
var deviceID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Bounds of what a device's settings say.
const (
	maxPort   = 200
	maxParams = 40
	maxBaud   = 4_000_000
)

// rollText is the length of a paper roll: metres with at most one decimal.
var rollText = regexp.MustCompile(`^[1-9][0-9]{0,2}(\.[0-9])?m$`)

// checkDevices finds what is wrong with the devices of an agent by itself; what
// their profiles take is Live.Check's.
func (c *checker) checkDevices(path string, h *Hall, a *Agent) {
	if len(a.Devices) > link.MaxDevices {
		c.add(path+"/devices", "一个终端最多 %d 台设备", link.MaxDevices)
		return
	}
	seen := map[string]bool{}
	ports := map[string]string{}
	for i, d := range a.Devices {
		at := fmt.Sprintf("%s/devices/%d", path, i)
		switch {
		case !deviceID.MatchString(d.ID):
			c.add(at+"/id", "设备编号 %q 只能用小写字母、数字和 -", d.ID)
		case seen[d.ID]:
			c.add(at+"/id", "设备编号 %q 重复", d.ID)
		}
		seen[d.ID] = true
		if d.Profile == "" {
			c.add(at, "设备 %q 没有选型号 profile", d.ID)
		}
		c.checkPort(at, d)
		if other, taken := ports[d.Port]; taken && onePlug(d.Port) {
			c.add(at+"/port", "设备 %q 也用这个端口", other)
		}
		ports[d.Port] = d.ID
		if d.Roll != "" && !rollText.MatchString(d.Roll) {
			c.add(at+"/roll", "%q 不是纸卷长度，应如 80m", d.Roll)
		}
		if d.Window != "" && !h.hasSign(d.Window) {
			c.add(at+"/window", "没有窗口 %q", d.Window)
		}
		if d.Baud < 0 || d.Baud > maxBaud {
			c.add(at+"/baud", "波特率 %d 不可用", d.Baud)
		}
		if len(d.Params) > maxParams {
			c.add(at+"/params", "最多 %d 项设置", maxParams)
		}
	}
}

// hasSign tells whether a strip can hang above what name says: a window's id,
// its number or the screen that it shares.
func (h *Hall) hasSign(name string) bool {
	return h.hasWindow(name) || slices.ContainsFunc(h.Windows, func(w Window) bool {
		return name == w.ID || name == w.Number || name == w.Screen
	})
}

// onePlug tells of ports that one device alone can have. Serial ports may be a
// bus, and pages and sounds are shared.
func onePlug(port string) bool {
	return strings.HasPrefix(port, "usb:") || strings.HasPrefix(port, "usblp:") || strings.HasPrefix(port, "/dev/usb/")
}

func (c *checker) checkPort(at string, d device.Config) {
	if d.Port == "" {
		c.add(at, "设备 %q 没有写端口 port", d.ID)
		return
	}
	bad := len(d.Port) > maxPort || strings.ContainsFunc(d.Port, func(r rune) bool { return r < ' ' || r == 0x7F })
	if address, ok := strings.CutPrefix(d.Port, "tcp://"); ok && !bad {
		host, port, err := net.SplitHostPort(address)
		n, wrong := strconv.Atoi(port)
		bad = err != nil || host == "" || wrong != nil || n < 1 || n > 65535
	}
	if bad {
		c.add(at+"/port", "端口 %q 不可用，应如 /dev/ttyUSB0、tcp://192.168.1.50:9100 或 usblp:04b8:0202", d.Port)
	}
}

// checkModels finds devices that their models don't fit.
func checkModels(text []byte, h *Hall, models Models) Mistakes {
	var root yaml.Node
	if models == nil || yaml.Unmarshal(text, &root) != nil {
		return nil
	}
	c := checker{root: &root}
	for i := range h.Agents {
		for j, d := range h.Agents[i].Devices {
			at := fmt.Sprintf("agents/%d/devices/%d", i, j)
			if _, known := models.Class(d.Profile); !known {
				c.add(at+"/profile", "没有设备型号 %q；自编的型号要先上传", d.Profile)
				continue
			}
			misfits := models.Misfits(d)
			for _, key := range slices.Sorted(maps.Keys(misfits)) {
				c.add(at+"/"+key, "%s", misfits[key])
			}
		}
	}
	return c.found
}

// Assigned are the devices that the hall assigns to an agent, with the profiles
// that they need. models may be nil for a hall that has none of its own.
func (h *Hall) Assigned(agent string, models Models) link.DevicesAssigned {
	a, _ := h.Agent(agent)
	out := link.DevicesAssigned{Devices: []link.AssignedDevice{}}
	var ids []string
	for _, d := range a.Devices {
		one := link.AssignedDevice{
			ID: d.ID, Profile: d.Profile, Port: d.Port, Baud: d.Baud, Params: d.Params, Roll: d.Roll, Window: d.Window,
		}
		if models != nil {
			class, _ := models.Class(d.Profile)
			one.Class = string(class)
		}
		out.Devices = append(out.Devices, one)
		ids = append(ids, d.Profile)
	}
	if models != nil && len(ids) > 0 {
		out.Profiles = models.Texts(ids)
	}
	data, err := json.Marshal(out)
	if err != nil { // it holds nothing but texts and numbers
		data = []byte(err.Error())
	}
	sum := sha256.Sum256(data)
	out.Rev = hex.EncodeToString(sum[:6])
	return out
}
