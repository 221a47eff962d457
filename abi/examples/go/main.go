// SPDX-License-Identifier: Apache-2.0

// The same in Go, by cgo.
// usage: keep_key NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE)
package main

/*
#cgo pkg-config: infrastate
#include <infrastate.h>
#include <stdlib.h>
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"os"
	"unsafe"
)

type result struct {
	OK      bool    `json:"ok"`
	Code    string  `json:"code"`
	Changed bool    `json:"changed"`
	Secret  *string `json:"secret"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// take reads a result and frees it.
func take(answer *C.infrastate_result) (result, error) {
	defer C.infrastate_result_free(answer)
	var size C.size_t
	text := C.infrastate_result_json(answer, &size)
	var out result
	if err := json.Unmarshal(C.GoBytes(unsafe.Pointer(text), C.int(size)), &out); err != nil {
		return out, err
	}
	if !out.OK && out.Error != nil {
		return out, fmt.Errorf("%s: %s", out.Code, out.Error.Message)
	}
	return out, nil
}

func open(config string) (*C.infrastate_client, error) {
	text := C.CString(config)
	defer C.free(unsafe.Pointer(text))
	var client *C.infrastate_client
	var answer *C.infrastate_result
	C.infrastate_client_open(text, C.size_t(len(config)), nil, nil, &client, &answer)
	_, err := take(answer)
	return client, err
}

func apply(client *C.infrastate_client, name string) (result, error) {
	request, err := json.Marshal(map[string]any{"resource": "access_key", "desired": map[string]any{"name": name}})
	if err != nil {
		return result{}, err
	}
	text := C.CBytes(request)
	defer C.free(text)
	var answer *C.infrastate_result
	C.infrastate_apply(client, (*C.char)(text), C.size_t(len(request)), nil, &answer)
	return take(answer)
}

func run(name string) error {
	client, err := open(`{"environment": true}`)
	if err != nil {
		return err
	}
	defer C.infrastate_client_close(client)
	done, err := apply(client, name)
	switch {
	case err != nil:
		return err
	case done.Secret != nil:
		fmt.Println("made, its secret is", *done.Secret)
	case done.Changed:
		fmt.Println("changed")
	default:
		fmt.Println("as it should be")
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: keep_key NAME")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
