package message

import "context"

// Use makes the service send by these providers.
func (s *Service) Use(providers ...Provider) {
	s.providers, s.breakers = providers, map[string]*breaker{}
	for _, p := range providers {
		s.breakers[p.Name()] = &breaker{}
	}
}

// Trust makes the service believe receipts of a provider.
func (s *Service) Trust(provider string, secret Secret) { s.signers[provider] = secret }

// CloseBreakers lets all providers be asked again.
func (s *Service) CloseBreakers() {
	for name := range s.breakers {
		s.breakers[name] = &breaker{}
	}
}

// Work hands over all that is due, and tells how many tries it took.
func (s *Service) Work(ctx context.Context) (tries int, err error) {
	for _, urgent := range []bool{true, false} {
		for {
			n, err := s.round(ctx, urgent)
			if err != nil {
				return tries, err
			}
			if n == 0 {
				break
			}
			tries += n
		}
	}
	return tries, nil
}

// Clean is clean.
func Clean(value string, limit int) string { return clean(value, limit) }

// ProductTexts are the texts that come with the program.
func ProductTexts() ([]Template, error) { return readProductTexts() }

// Filled is what a channel says with the examples.
func Filled(t Template, c Channel) Text { return t.fill(c, t.examples()) }

// NewGateway makes a gateway of settings.
func NewGateway(conf ProviderSettings) (Provider, error) {
	if err := conf.check(); err != nil {
		return nil, err
	}
	return newGateway(conf)
}

// NewMailer makes a mailer of settings.
func NewMailer(conf ProviderSettings) (Provider, error) {
	if err := conf.check(); err != nil {
		return nil, err
	}
	return newMailer(conf)
}

// Check completes settings.
func (s *Settings) Check() error { return s.check() }
