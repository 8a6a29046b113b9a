// The control port: what the stand-in knows, and its switches.
//
//   GET  /state      what happened at each service, as JSON
//   GET  /switches   each switch and its value
//   POST /switch     {"name":"keepa.fault","value":"slow","times":1}; `times` may be left out
//   POST /reset      the counters begin anew; what the services hold stays
#pragma once

#include "standin/keepa.h"
#include "standin/switches.h"
#include "standin/wire.h"
#include "standin/xai.h"

namespace standin {

class Control {
 public:
  Control(Now now, Switches& switches, Keepa& keepa, Xai& xai);

  Answer answer(const Request& request);

 private:
  Answer flip(const Request& request);

  const Now now_;
  Switches& switches_;
  Keepa& keepa_;
  Xai& xai_;
};

}  // namespace standin
