// SPDX-License-Identifier: Apache-2.0
// A target needs a source. Only the headers precompiled with it matter (InfrastatePrecompiled.cmake).
int main() {}
