"""What every connector is made with, and the skeleton on which those that speak HTTP stand.

A tool's connector is a dozen modules that know the tool; what a pass is, in which order things
happen and what an error means is here, once. Nothing below calls a method that a tool overrides:
each module offers tools, a connector puts them together.

    rows        `Row`, what reading an odd row raises (`ODD`, `why`), keys that are numbers
    settings    url, key, CA file and calls a minute: `HttpSettings`; `connect` to a transport
    http/       the one careful transport: timeouts, retries, bounds, strict JSON, errors
    connector   `HttpConnector`: the verbs, each handed to the part that knows how (`Verbs`)
    cursor      `Codec`: a dataclass as the versioned text that the store keeps
    paging      `by_offset`, `by_stamp`: walks over a list that moves while it is read; rows sorted
    poll        `Poll`, the frame of a pass: resume, pages read ahead, places one by one, the end
    scopes      which places (projects, groups) answer
    loader      `Loader`: the one ladder of errors for one ticket; `page_builder` what goes out
    state       what earlier pages remembered; `lookup` people and names by id, asked for once
    writer      look, send (together, else alone), read back, a receipt for each write

The verbs of a connector, in the order of a pass:

    poll    cursor → `Codec.resume` → `Poll.ahead(paging…)` → per row `Loader.one` around from_tool
            → `Poll.page(cursor)` … → `Poll.last(cursor)`, which tells the places that do not answer
    find    is the message there already? → apply → look → to_tool → `writer.send` → read back
"""
