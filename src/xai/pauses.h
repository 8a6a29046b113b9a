// The pauses as rows: whom one holds up, who probes when it is over, and what ends it. All within a
// transaction of the caller, and only where QuotaRow::paused says that there is any.
#pragma once

#include <optional>
#include <string>

#include "store/transaction.h"
#include "xai/policy.h"

namespace purser::xai {

// The pause that holds `asker` up (empty: who does not say with which key he asks, and so any but those whose
// others are answered), with the longest to go; nullopt: none does.
std::optional<Pause> pause_of(store::Snapshot& view, const std::string& asker);
// For people: of whatever key and model; and what a person has to put right is told also when its time is
// over, until somebody is answered.
std::optional<Pause> last_pause(store::Snapshot& view);

// Throws usage for an asker that is none. A refusal that comes while the pause lasts only makes it last as
// long as xAI asks for; one that comes after it, or of the flight that probes, makes it a longer one.
Pause begin_pause(store::Transaction& change, const PauseCall& call, const std::string& flight = {});

// `flight` finds out, for those whom pause_of did not hold up; the others wait that long for its end.
void take_probe(store::Transaction& change, const std::string& asker, const std::string& flight,
                Duration lasts);
// It found that xAI answers, or nothing: then the next one probes.
void end_probe(store::Transaction& change, const std::string& flight, bool answered);

// xAI answers this asker: what a person had to put right is put right for him, and so for whoever does not
// say how he asks; another who still asks with a wrong key or a retired model stays where he is.
void end_disproved(store::Transaction& change, const std::string& asker);
void end_pause_of(store::Transaction& change, const std::string& asker);
void end_pauses(store::Transaction& change);

}  // namespace purser::xai
