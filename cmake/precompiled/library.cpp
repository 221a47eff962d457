// SPDX-License-Identifier: Apache-2.0
// A target needs a source; what counts are the headers precompiled with it
// (InfrastatePrecompiled.cmake).
namespace infrastate {}
