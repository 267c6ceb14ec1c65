package tool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Words for cameras and document scanners.

// imagingPort is an example of the port of a camera or document scanner, empty
// for other transports.
func imagingPort(tr profile.Transport) string {
	switch tr.Kind {
	case profile.HTTP:
		return fmt.Sprintf("http://192.168.10.31:%d", tr.Port)
	case profile.V4L2:
		return "/dev/video0"
	case profile.SANE:
		return "sane:"
	default:
		return ""
	}
}

// imagingSettings are the settings of a transport that has no line.
func imagingSettings(tr profile.Transport) string {
	switch tr.Kind {
	case profile.HTTP:
		text := fmt.Sprintf("HTTP 端口 %d，路径 %s", tr.Port, code(tr.Path))
		if tr.Stream != "" {
			text += "，连续画面 " + code(tr.Stream)
		}
		return text + "；地址里写了路径就用写的"
	case profile.V4L2:
		return "视频设备，如 `/dev/video0`；推荐写 `/dev/v4l/by-id/` 下的固定名称"
	default:
		return "`sane:名称`，名称由 `scanimage -L` 列出；`sane:` 为第一台"
	}
}

// paperWords name sizes of paper.
var paperWords = map[device.Paper]string{device.PaperA4: "A4", device.PaperA3: "A3 及以下"}

// imagingCaps are the caps of a camera or document scanner.
func imagingCaps(p *profile.Profile) [][2]string {
	c := p.Caps
	if p.Engine == profile.EngineCamera {
		return [][2]string{
			{"拍照", "不超过 " + c.Still + " 的最大尺寸"},
			{"预览", "约 " + c.Preview},
			{"格式", words(c.Formats, map[string]string{"mjpeg": "MJPEG", "yuyv": "YUYV（未压缩）"}) + "，依次尝试"},
			{"换尺寸后丢弃", fmt.Sprintf("%d 帧（等曝光、对焦稳定）", c.Skip)},
			{"幅面", paperWords[c.Paper]},
		}
	}
	sources := make([]string, len(c.Sources))
	for i, s := range c.Sources {
		sources[i] = map[device.Source]string{device.SourceFlatbed: "平板", device.SourceFeeder: "进纸器"}[s]
	}
	dpi := make([]string, len(c.DPI))
	for i, n := range c.DPI {
		dpi[i] = strconv.Itoa(n)
	}
	rows := [][2]string{
		{"纸源", strings.Join(sources, "、")},
		{"幅面", paperWords[c.Paper]},
		{"分辨率", strings.Join(dpi, "、") + " dpi"},
	}
	if slices.Contains(c.Sources, device.SourceFeeder) {
		rows = append(rows, [2]string{"双面", map[bool]string{true: "可以", false: "不能"}[c.TwoSided]})
	}
	return rows
}

// scannerStates adds how a document scanner tells its states.
func scannerStates(p *profile.Profile, add func(device.State, string)) {
	if p.Engine == profile.EngineSANE {
		return // it says so only while it scans
	}
	add(device.Jam, "AdfState 为 `ScannerAdfJam` `ScannerAdfMispick` 等")
	add(device.CoverOpen, "AdfState 为 `ScannerAdfHatchOpen`")
	add(device.Fault, "State 为 `Stopped` `Down`，或 AdfState 为 `ScannerAdfInputTrayFailed`")
}

// imageWait is how long a picture or a page may take.
const imageWait = 2 * time.Minute

// photograph takes a picture and shows a moment of the preview.
func (a *attempt) photograph(ctx context.Context, d device.Camera) bool {
	a.begin("拍一张照片")
	ctx, cancel := context.WithTimeout(ctx, imageWait)
	defer cancel()
	img, err := d.Capture(ctx)
	if err != nil {
		return a.failed(err)
	}
	if !a.tellImage("照片", img) {
		return false
	}
	frames := 0
	err = d.Preview(ctx, func([]byte) error {
		if frames++; frames == 3 {
			return errSeen
		}
		return nil
	})
	if !errors.Is(err, errSeen) {
		return a.failed(err)
	}
	a.say("预览正常。请核对照片尺寸与型号文件一致；偏小说明摄像头没有更大的尺寸，或 USB 带宽不够")
	return true
}

// errSeen ends a preview.
var errSeen = errors.New("seen enough")

// scanPage scans one page from the glass, or the feeder of a scanner without
// one.
func (a *attempt) scanPage(ctx context.Context, d device.DocumentScanner) bool {
	settings := device.ScanSettings{Source: device.SourceFlatbed, DPI: 100, Grey: true}
	where := "平板"
	if !slices.Contains(a.p.Caps.Sources, device.SourceFlatbed) {
		settings.Source, where = device.SourceFeeder, "进纸器"
	}
	a.begin("扫描" + where + "（A4，灰度，100 dpi）")
	ctx, cancel := context.WithTimeout(ctx, imageWait)
	defer cancel()
	ok := true
	_, err := d.Scan(ctx, settings, func(img device.Image) error {
		ok = a.tellImage("一页", img) && ok
		return nil
	})
	if err != nil {
		return a.failed(err)
	}
	return ok
}

// tellImage says how large a picture is.
func (a *attempt) tellImage(what string, img device.Image) bool {
	size, err := sheet.Size(img.JPEG)
	if err != nil {
		return a.failed(err)
	}
	text := fmt.Sprintf("收到%s：%d × %d，%d KB", what, size.X, size.Y, len(img.JPEG)>>10)
	if img.DPI > 0 {
		text += fmt.Sprintf("，%d dpi", img.DPI)
	}
	a.say(text)
	return true
}

// lacking is why a profile's device can't be played, empty if it can.
func lacking(p *profile.Profile) string {
	if p.Engine == profile.EngineSANE {
		return "SANE 驱动是别的程序，没有模拟设备 / a SANE driver is a program of its own"
	}
	return ""
}
