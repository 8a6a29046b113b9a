// The pauses as rows: whom each holds up, who probes when it is over, and what ends it. All within a
// transaction of the caller, and only where QuotaRow::paused says that there is any.
//
// An *asker* is the address, the key and the model that a worker asks with, as a hash (asker_of); empty where
// a caller does not say it. What a person has to put right (key, permission, model) holds such a caller up
// only until some asker is answered.
#pragma once

#include <optional>
#include <string>

#include "store/transaction.h"
#include "xai/policy.h"

namespace purser::xai {

// The pause that holds `asker` up, of several the one with the longest to go; nullopt: none does.
std::optional<Pause> find_pause(store::Snapshot& view, const std::string& asker);
// For people: the pause of any asker with the longest to go. What a person has to put right is shown also
// after its time, until some asker is answered.
std::optional<Pause> find_last_pause(store::Snapshot& view);

// Throws usage for an asker that is none. A refusal that comes while the pause lasts only makes it last as
// long as xAI asks for. One that comes after it, or from the flight that probes, begins a longer one.
Pause begin_pause(store::Transaction& change, const PauseCall& call, const std::string& flight = {});

// `flight` probes all pauses that are over for `asker`; other workers wait up to `lasts` for its end.
// REQUIRES: find_pause(asker) is nullopt.
void take_probe(store::Transaction& change, const std::string& asker, const std::string& flight,
                Duration lasts);
// The probe of `flight` ends: with an answer its pauses end, without one the next claim probes.
void end_probe(store::Transaction& change, const std::string& flight, bool answered);

// xAI answered this asker, so what a person had to put right is put right for it, and no longer
// holds up callers that do not say their asker. Another asker, still with a wrong key or a retired
// model, stays paused.
void end_disproved(store::Transaction& change, const std::string& asker);
void end_pause_of(store::Transaction& change, const std::string& asker);
void end_pauses(store::Transaction& change);

}  // namespace purser::xai
