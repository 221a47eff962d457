// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/pem.h"

#include "infrastate/types/ascii.h"

#include <algorithm>

namespace infrastate {
namespace {

bool looks_like_path(std::string_view text) noexcept {
    const bool begins = text.starts_with('/') || text.starts_with("./") ||
                        text.starts_with("../") || text.starts_with("~/");
    return begins && text.find('\n') == std::string_view::npos;
}

} // namespace

bool holds_pem(std::string_view text) noexcept {
    return text.find("-----BEGIN ") != std::string_view::npos;
}

bool holds_private_key(std::string_view text) noexcept {
    return text.find("PRIVATE KEY-----") != std::string_view::npos;
}

std::string with_line_breaks(std::string_view pem) {
    std::string out;
    out.reserve(pem.size()); // it never grows, so no copy of a private key is left behind
    const bool escaped = holds_pem(pem) && pem.find('\n') == std::string_view::npos;
    while (escaped && !pem.empty()) {
        const bool line_break = pem.starts_with("\\n") || pem.starts_with("\\r");
        if (!line_break)
            out += pem.front();
        else if (pem[1] == 'n')
            out += '\n';
        pem.remove_prefix(line_break ? 2 : 1);
    }
    return out.append(pem);
}

std::string what_instead_of_pem(std::string_view text) {
    text = trimmed(text);
    // The first bytes of a certificate: a sequence with a length of two bytes.
    if (text.starts_with("\x30\x82"))
        return "is a certificate in DER form; make it PEM: openssl x509 -inform der -in FILE -out "
               "FILE.pem";
    if (text.starts_with("LS0tLS1CRUdJTi")) // "-----BEGIN"
        return "is PEM text in base64; decode it first";
    if (text.starts_with("MII") && text.size() > 128)
        return "is the inside of a certificate; put a line -----BEGIN CERTIFICATE----- before it "
               "and a line -----END CERTIFICATE----- behind it";
    if (looks_like_path(text)) return "is a path; server_certificate_file takes the path of a file";
    if (holds_pem(text) && text.find('\n') == std::string_view::npos)
        return "is PEM text whose line breaks are lost; keep each line on a line of its own";
    return "holds no certificate in PEM form: lines that begin with -----BEGIN CERTIFICATE-----";
}

} // namespace infrastate
