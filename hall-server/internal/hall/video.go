package hall

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Camera watches a window. Its addresses are for technicians; people get links
// to the player.
type Camera struct {
	// Name is what the video system calls it.
	Name string `yaml:"name"`
	// RTSP and ONVIF are its addresses.
	RTSP  string `yaml:"rtsp"`
	ONVIF string `yaml:"onvif"`
}

// Video is the hall's video system.
type Video struct {
	// Player is the address that shows a recording, such as
	// https://nvr.example/play?src={camera}&from={from}&to={to}. The times are
	// RFC 3339; {from.unix} and {to.unix} are seconds.
	Player string `yaml:"player"`
	// Live shows the present; empty means Player with nothing in its times.
	Live string `yaml:"live"`
}

// videoHoles are what a player's address may have filled in.
var videoHoles = []string{"{camera}", "{window}", "{from}", "{to}", "{from.unix}", "{to.unix}"}

// HasVideo tells whether w can be watched.
func (h *Hall) HasVideo(w *Window) bool {
	return w.Camera != nil && h.Video != nil && (h.Video.Player != "" || h.Video.Live != "")
}

// VideoLink is where to watch w from … to; zero times are the present. It is
// empty if w has no camera, or its system shows no such thing.
func (h *Hall) VideoLink(w *Window, from, to time.Time) string {
	if !h.HasVideo(w) {
		return ""
	}
	address := h.Video.Player
	if from.IsZero() && h.Video.Live != "" {
		address = h.Video.Live
	}
	at := func(t time.Time) (text, unix string) {
		if t.IsZero() {
			return "", ""
		}
		return t.In(h.Location()).Format(time.RFC3339), fmt.Sprint(t.Unix())
	}
	fromText, fromUnix := at(from)
	toText, toUnix := at(to)
	return strings.NewReplacer(
		"{camera}", url.QueryEscape(w.Camera.Name), "{window}", url.QueryEscape(w.ID),
		"{from}", url.QueryEscape(fromText), "{to}", url.QueryEscape(toText),
		"{from.unix}", fromUnix, "{to.unix}", toUnix,
	).Replace(address)
}

func (c *checker) checkVideo(h *Hall) {
	if h.Video != nil {
		c.player("video/player", h.Video.Player)
		c.player("video/live", h.Video.Live)
		if h.Video.Player == "" && h.Video.Live == "" {
			c.add("video", "要有播放地址 player 或 live")
		}
	}
	for i := range h.Windows {
		camera := h.Windows[i].Camera
		if camera == nil {
			continue
		}
		path := fmt.Sprintf("windows/%d/camera", i)
		if camera.Name == "" {
			c.add(path, "摄像机需要名称 name")
		}
		c.address(path+"/rtsp", camera.RTSP, "rtsp", "rtsps")
		c.address(path+"/onvif", camera.ONVIF, "http", "https")
	}
}

// player checks an address that pages open: with any filling it must lead to the
// same host.
func (c *checker) player(path, text string) {
	if text == "" {
		return
	}
	plain := text
	for _, hole := range videoHoles {
		plain = strings.ReplaceAll(plain, hole, "x")
	}
	u, err := url.Parse(plain)
	head, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://"), "/")
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(head, "{}") {
		c.add(path, "播放地址应如 https://nvr.example/play?src={camera}&from={from}&to={to}，主机名里不能有占位符")
		return
	}
	if strings.ContainsAny(plain, "{}") {
		c.add(path, "播放地址里的占位符只能是 %s", strings.Join(videoHoles, "、"))
	}
}

// address checks one that technicians read; a password has no place in it.
func (c *checker) address(path, text string, schemes ...string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err == nil && u.Host != "" {
		for _, scheme := range schemes {
			if u.Scheme == scheme {
				if _, secret := u.User.Password(); secret {
					c.add(path, "地址里不能写口令")
				}
				return
			}
		}
	}
	c.add(path, "%q 不是地址，应以 %s:// 开头", text, schemes[0])
}
