package message

import (
	"fmt"
	"log/slog"
)

// join makes the providers of the settings.
func (s *Service) join() error {
	if err := s.Settings.check(); err != nil {
		return err
	}
	s.breakers, s.signers = map[string]*breaker{}, map[string]Secret{}
	for _, conf := range s.Settings.Providers {
		p, err := s.provider(conf)
		if err != nil {
			return fmt.Errorf("message provider %s: %w", conf.Name, err)
		}
		if g, ok := p.(*gateway); ok && g.Receipts() {
			s.signers[conf.Name] = g.secret
		}
		if conf.Kind == kindOutbox && !s.Demo {
			s.Log.Warn("messages go to a page of the staff and to nobody's phone", slog.String("provider", conf.Name))
		}
		s.providers = append(s.providers, p)
		s.breakers[conf.Name] = &breaker{}
	}
	return nil
}

func (s *Service) provider(conf ProviderSettings) (Provider, error) {
	switch conf.Kind {
	case kindHTTP:
		return newGateway(conf)
	case kindSMTP:
		return newMailer(conf)
	default: // settings know no other
		return &outbox{conf, s}, nil
	}
}
