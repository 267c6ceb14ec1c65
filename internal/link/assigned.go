package link

// Which devices an agent has is said in two places: its own settings, and the
// hall's file, where a technician assigns them on the administration page. An
// agent that is older than these messages passes over them and goes on with its
// own; a hall that is older never sends them, and the agent goes on with what
// it was told last.
const (
	// TypeDevicesAssigned (down) names the devices that the hall assigns to the
	// agent. It follows every snapshot, and so every change of the hall's file; it
	// has no Seq, for it replaces the one before: DevicesAssigned.
	TypeDevicesAssigned Type = "devices.assigned"
	// TypeDevicesChanged (up) says that an agent's devices are others now:
	// DevicesChanged.
	TypeDevicesChanged Type = "devices.changed"
)

// MaxDevices is how many devices an agent may have.
const MaxDevices = 64

// DevicesAssigned are the devices that the hall assigns to an agent, all of
// them: one that isn't named any more is closed.
type DevicesAssigned struct {
	// Rev is a hash of all below.
	Rev     string           `json:"rev"`
	Devices []AssignedDevice `json:"devices"`
	// Profiles are the hall's own firmware profiles that these devices need.
	// Those that come with the program are not among them.
	Profiles []ProfileText `json:"profiles,omitempty"`
}

// AssignedDevice is one device, as an agent's settings would name it.
type AssignedDevice struct {
	ID string `json:"id"`
	// Class is that of the profile, as the hall knows it: what the device counts
	// as where the agent can't open it.
	Class   string            `json:"class,omitempty"`
	Profile string            `json:"profile"`
	Port    string            `json:"port"`
	Baud    int               `json:"baud,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
	Roll    string            `json:"roll,omitempty"`
	Window  string            `json:"window,omitempty"`
}

// ProfileText is a firmware profile as it was written.
type ProfileText struct {
	ID string `json:"id"`
	// Text is the YAML file.
	Text string `json:"text"`
}

// DevicesChanged are all devices of an agent, those of its own settings too.
type DevicesChanged struct {
	// Rev is that of the newest devices.assigned the agent has.
	Rev     string       `json:"rev"`
	Devices []DeviceView `json:"devices"`
}
