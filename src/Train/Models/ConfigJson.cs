using System.Text.Json.Nodes;
using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>Settings out of a config.json, with the key named when one is missing or of the wrong kind.</summary>
internal static class ConfigJson
{
    internal static int Whole(this JsonObject config, string key, int? otherwise = null) => Get(config, key, otherwise);

    internal static double Number(this JsonObject config, string key, double? otherwise = null) => Get(config, key, otherwise);

    internal static bool Truth(this JsonObject config, string key, bool? otherwise = null) => Get(config, key, otherwise);

    internal static string Word(this JsonObject config, string key, string otherwise) => config[key] is JsonValue value && value.TryGetValue(out string? word) ? word : otherwise;

    private static T Get<T>(JsonObject config, string key, T? otherwise) where T : struct
    {
        if (config[key] is not JsonNode node) return otherwise ?? throw new InputException($"config.json: '{key}' is missing");
        return node is JsonValue value && value.TryGetValue(out T found) ? found : throw new InputException($"config.json: '{key}' is {node.ToJsonString()}, not a {typeof(T).Name}");
    }
}
