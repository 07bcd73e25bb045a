-- How Argo CD sees a Workspace, a ModelPolicy or a Deployment of weir.dev: by Ready alone, and only once the
-- operator has looked at this very generation.
local health = {status = "Progressing", message = "Waiting for the operator"}
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "Waiting for the operator to look at the last edit"
  return health
end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    health.message = condition.message or condition.reason
    if condition.status == "True" then
      health.status = condition.reason == "Suspended" and "Suspended" or "Healthy"
    elseif condition.status == "False" then
      health.status = "Degraded"
    end
  end
end
return health
