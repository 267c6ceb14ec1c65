package simulator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"smarthall/firmware-profiles/web"
)

// File is a simulator's configuration file.
type File struct {
	Devices []Config `yaml:"devices"`
}

// ReadFile reads a configuration file strictly: an unknown key is an error with
// its line.
func ReadFile(path string) (File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return File{}, fmt.Errorf("read simulator configuration: %w", err)
	}
	return parseFile(path, data)
}

func parseFile(path string, data []byte) (File, error) {
	var f File
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	if len(f.Devices) == 0 {
		return File{}, fmt.Errorf("%s: no devices", path)
	}
	ids, ports := map[string]bool{}, map[string]bool{}
	for i, d := range f.Devices {
		switch {
		case d.ID == "" || d.Profile == "" || d.Port == "":
			return File{}, fmt.Errorf("%s: device %d: id, profile and port are needed", path, i+1)
		case ids[d.ID]:
			return File{}, fmt.Errorf("%s: device %q is there twice", path, d.ID)
		case ports[d.Port]:
			return File{}, fmt.Errorf("%s: device %q: port %s is taken by another", path, d.ID, d.Port)
		}
		ids[d.ID], ports[d.Port] = true, true
	}
	return f, nil
}

const (
	headerWait = 5 * time.Second
	endWait    = 3 * time.Second
)

// Run simulates the devices of a configuration file and serves their console
// at listen until ctx ends, which is no error.
func Run(ctx context.Context, cfgPath, listen string, log *slog.Logger) error {
	file, err := ReadFile(cfgPath)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	devices := make([]*Device, 0, len(file.Devices))
	defer func() {
		stop()
		for _, d := range devices {
			d.Wait()
		}
	}()
	for _, cfg := range file.Devices {
		cfg.Log = log
		d, err := Start(ctx, cfg)
		if err != nil {
			return err
		}
		devices = append(devices, d)
	}
	pages, err := fs.Sub(web.Dist, "dist")
	if err != nil {
		return fmt.Errorf("open the console's pages: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("open the console: %w", err)
	}
	log.Info("simulators ready", slog.Int("devices", len(devices)), slog.String("console", "http://"+listener.Addr().String()))
	return serve(ctx, listener, NewConsole(devices, log).Handler(pages))
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWait,
		BaseContext: func(net.Listener) context.Context { return ctx }, // ends event streams
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the console: %w", err)
	case <-ctx.Done():
	}
	shut, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWait)
	defer cancel()
	err := server.Shutdown(shut)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if cause := <-ended; !errors.Is(cause, http.ErrServerClosed) {
		return errors.Join(err, cause)
	}
	return err
}
