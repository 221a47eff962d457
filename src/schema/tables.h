// SPDX-License-Identifier: Apache-2.0
// The tables themselves, one function a file; what is outside this folder goes through schema.h.
// Data only: code that walks it is in check.cpp and describe.cpp.
#pragma once

#include "infrastate/schema/schema.h"

namespace infrastate::schema {

extern const Resource access_key_resource;
extern const Section access_key_query;

} // namespace infrastate::schema
