-- Health of a Workspace that Foresail runs (it writes the kstatus conditions Ready, Reconciling and Stalled), or that KAITO
-- runs (which does not). Uses nothing of Lua's standard library: argocd-cm gives none.
-- Argo CD itself answers for what is being deleted. It has no time limit of its own: pods that crash or cannot pull their image
-- are Degraded, or nobody would hear of them; what only takes its time is Progressing.

local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end

local function health(status, message)
  return { status = status, message = message }
end

local function holds(condition)
  return condition ~= nil and condition.status == "True"
end

local function fails(condition)
  return condition ~= nil and condition.status == "False"
end

-- Told of an earlier generation of the object.
local function stale(teller)
  return teller.observedGeneration ~= nil and teller.observedGeneration ~= obj.metadata.generation
end

local function because(condition)
  if condition.message == nil or condition.message == "" then
    return condition.reason
  end
  return condition.reason .. ": " .. condition.message
end

local waiting = health("Progressing", "Waiting for a controller to look at this generation")

local function foresail(ready)
  if stale(obj.status) or stale(ready) then
    return waiting
  end
  if holds(conditions.Stalled) then
    return health("Degraded", because(conditions.Stalled))
  end
  if fails(ready) then
    return health("Degraded", because(ready))
  end
  if holds(conditions.Reconciling) then
    return health("Progressing", because(conditions.Reconciling))
  end
  if holds(ready) then
    -- Paused, too: a sync would wait for ever for what is Suspended (argo-cd#24428).
    return health("Healthy", ready.message)
  end
  return health("Progressing", because(ready))
end

-- Why an inference is not ready although nothing is wrong with it: it starts, or has no node yet.
local patient = { WorkspaceInferenceStatusPending = true, Unschedulable = true }

local function kaito(succeeded)
  -- status.observedGeneration is none of KAITO's fields.
  if stale(succeeded) then
    return waiting
  end
  if holds(succeeded) then
    return health("Healthy", succeeded.message)
  end
  if succeeded.reason == "workspaceFailed" or succeeded.reason == "BenchmarkFailed" then
    return health("Degraded", because(succeeded))
  end
  local inference = conditions.InferenceReady
  if fails(inference) and not patient[inference.reason] then
    return health("Degraded", because(inference))
  end
  if obj.status.state == "NotReady" and fails(conditions.ResourceReady) then
    -- It served and has lost its nodes.
    return health("Degraded", because(conditions.ResourceReady))
  end
  for _, type in ipairs({ "NodeClaimReady", "NodesReady", "ResourceReady", "ModelMirrorReady", "InferenceReady", "JobStarted" }) do
    if fails(conditions[type]) then
      return health("Progressing", because(conditions[type]))
    end
  end
  return health("Progressing", because(succeeded))
end

if conditions.Ready ~= nil then
  return foresail(conditions.Ready)
end
if conditions.WorkspaceSucceeded ~= nil then
  return kaito(conditions.WorkspaceSucceeded)
end
return waiting
