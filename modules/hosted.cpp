// SPDX-License-Identifier: Apache-2.0
#include "hosted.h"

#include "infrastate/types/text.h"

namespace infrastate::module {
namespace {

const schema::Resource* exact(std::string_view name) noexcept {
    for (const schema::Resource& resource : schema::resources())
        if (resource.module == name) return &resource;
    return nullptr;
}

/// Finds names with an extension or a processor at the end, by which files for several machines are
/// told apart.
const schema::Resource* decorated(std::string_view name) noexcept {
    constexpr schema::Texts processors{"x86_64", "amd64", "aarch64", "arm64", "armv7l", "i686"};
    name = name.substr(0, name.find('.'));
    if (const auto* found = exact(name)) return found;
    for (std::string_view processor : processors)
        if (name.size() > processor.size() + 1 && name.ends_with(processor) &&
            name[name.size() - processor.size() - 1] == '_')
            return exact(name.substr(0, name.size() - processor.size() - 1));
    return nullptr;
}

} // namespace

const schema::Resource* find_hosted(std::string_view name) noexcept {
    constexpr std::string_view transferred = "AnsiballZ_";
    if (const auto slash = name.rfind('/'); slash != std::string_view::npos)
        name.remove_prefix(slash + 1);
    if (name.starts_with(transferred)) name.remove_prefix(transferred.size());
    // Tries "name.extension" first, then "namespace.collection.name".
    if (const auto* found = decorated(name)) return found;
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? nullptr : decorated(name.substr(dot + 1));
}

std::string hosted_names() {
    return joined(schema::resources(), ", ", &schema::Resource::module);
}

} // namespace infrastate::module
