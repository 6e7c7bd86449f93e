// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// secrets are the secrets of a deployment, as they are written there: with a ciphertext,
// whose value only the owner of the stack knows, or with plaintext. In a property map, one
// of them is a computed value whose only dependency is its key: like the result of
// another resource in a preview, it is there, but cannot be looked into.
type secrets map[urn.URN]json.RawMessage

// decode returns a JSON object of a deployment as a property map.
func (s secrets) decode(object []byte) (property.Map, error) {
	if len(object) == 0 {
		return property.Map{}, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return property.Map{}, err
	}
	values := map[string]property.Value{}
	for name, member := range members {
		value, err := s.decodeValue(member)
		if err != nil {
			return property.Map{}, fmt.Errorf("%s: %w", name, err)
		}
		values[name] = value
	}
	return property.NewMap(values), nil
}

func (s secrets) decodeValue(text json.RawMessage) (property.Value, error) {
	text = bytes.TrimSpace(text)
	switch text[0] {
	case '{':
		if signature(text) == sig.Secret {
			key := urn.URN(fmt.Sprintf("secret %d", len(s)))
			s[key] = text
			return property.New(property.Computed).WithSecret(true).WithDependencies([]urn.URN{key}), nil
		}
		values, err := s.decode(text)
		return property.New(values), err
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(text, &items); err != nil {
			return property.Value{}, err
		}
		values := make([]property.Value, len(items))
		for i, item := range items {
			var err error
			if values[i], err = s.decodeValue(item); err != nil {
				return property.Value{}, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return property.New(values), nil
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return property.Value{}, err
	}
	return property.Any(value)
}

// signature returns the mark of an object that stands for a special value, or "".
func signature(text json.RawMessage) string {
	var object map[string]json.RawMessage
	var mark string
	if json.Unmarshal(text, &object) == nil {
		_ = json.Unmarshal(object[resource.SigKey], &mark) // anything but a string is no mark
	}
	return mark
}

// encode returns a property map as the JSON of a deployment. A secret that is not one of s
// is written with plaintext, which `pulumi stack import` encrypts.
func (s secrets) encode(values property.Map) (map[string]any, error) {
	object := map[string]any{}
	for name, value := range values.All {
		encoded, err := s.encodeValue(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		object[name] = encoded
	}
	return object, nil
}

func (s secrets) encodeValue(v property.Value) (any, error) {
	if v.IsComputed() {
		if dependencies := v.Dependencies(); len(dependencies) == 1 && s[dependencies[0]] != nil {
			return s[dependencies[0]], nil
		}
		return nil, fmt.Errorf("the value is not known")
	}
	if v.Secret() {
		plain, err := s.encodeValue(v.WithSecret(false))
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(plain)
		return map[string]any{resource.SigKey: sig.Secret, "plaintext": string(text)}, err
	}
	switch {
	case v.IsMap():
		return s.encode(v.AsMap())
	case v.IsArray():
		items := make([]any, v.AsArray().Len())
		for i, item := range v.AsArray().All {
			var err error
			if items[i], err = s.encodeValue(item); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return items, nil
	case v.IsString():
		return v.AsString(), nil
	case v.IsNumber():
		return v.AsNumber(), nil
	case v.IsBool():
		return v.AsBool(), nil
	case v.IsNull():
		return nil, nil
	}
	return nil, fmt.Errorf("a value of this type cannot be written")
}
