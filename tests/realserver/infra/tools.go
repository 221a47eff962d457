// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package realserver pins the Infra server that the tests run against. Nothing here is compiled
// into infrastate: the import only makes go.mod and go.sum name the server's exact version.
package realserver

import _ "github.com/infrahq/infra"
