// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
)

// Seal encrypts data with AES-256-GCM, under a key that is derived from the API key.
// Only a client with the same API key can open it.
func (c *Client) Seal(data []byte) ([]byte, error) {
	aead, err := c.sealer()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, data, nil), nil //nolint:gosec // the AEAD generates a random nonce
}

// Unseal decrypts what Seal returned. It fails if that was sealed with another API key,
// or was changed since.
func (c *Client) Unseal(sealed []byte) ([]byte, error) {
	aead, err := c.sealer()
	if err != nil {
		return nil, err
	}
	data, err := aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, errors.New("it was sealed with another API key, or is damaged")
	}
	return data, nil
}

func (c *Client) newSealer() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(c.apiKey), nil, "github.com/pgbeam/pulumi-pgbeam/client.Seal", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
