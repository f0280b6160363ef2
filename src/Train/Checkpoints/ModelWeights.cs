using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>
/// The weights of a model in model.safetensors, or in shards named by model.safetensors.index.json, as Hugging Face's transformers writes what is larger
/// than a limit. A shard is read, copied and freed before the next.
/// </summary>
internal static class ModelWeights
{
    private const string One = "model.safetensors", IndexFile = "model.safetensors.index.json";

    /// <summary>Writes the weights as other programs name and lay them out.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">The model.</param>
    /// <param name="largestFile">Most bytes of a file; a larger tensor stands alone.</param>
    internal static void Write(string folder, LanguageModel model, long largestFile = long.MaxValue)
    {
        using var off = torch.no_grad();
        List<List<Weight>> files = [[]];
        long size = 0, total = 0;
        foreach (Weight weight in model.Weights)
        {
            long bytes = weight.Value.numel() * torch.element_size(weight.Value.dtype);
            if (size > 0 && size + bytes > largestFile)
            {
                files.Add([]);
                size = 0;
            }
            files[^1].Add(weight);
            (size, total) = (size + bytes, total + bytes);
        }
        if (files.Count == 1)
        {
            WriteFile(Path.Combine(folder, One), files[0]);
            return;
        }
        var map = new JsonObject();
        for (int i = 0; i < files.Count; i++)
        {
            string name = $"model-{i + 1:D5}-of-{files.Count:D5}.safetensors";
            WriteFile(Path.Combine(folder, name), files[i]);
            foreach (Weight weight in files[i]) map[weight.Name] = name;
        }
        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
        DurableFolder.WriteFile(Path.Combine(folder, IndexFile), System.Text.Encoding.UTF8.GetBytes(index.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n"));

        void WriteFile(string path, List<Weight> weights)
        {
            using var scope = torch.NewDisposeScope();
            Safetensors.Write(path, weights.Select(w => new Weight(w.Name, model.Exported(w))));
        }
    }

    /// <summary>Fills a model; every weight must be there once and nothing else.</summary>
    internal static void Load(string folder, LanguageModel model)
    {
        using var off = torch.no_grad();
        string index = Path.Combine(folder, IndexFile), one = Path.Combine(folder, One);
        IReadOnlyDictionary<string, string>? map = File.Exists(one) ? null : Map(index);
        Dictionary<string, Weight> wanted = model.Weights.ToDictionary(w => w.Name);
        foreach (string file in map is null ? [one] : map.Values.Distinct().Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name)))
        {
            using var scope = torch.NewDisposeScope();
            foreach (Weight stored in Safetensors.Read(file))
            {
                if (map is not null && map.GetValueOrDefault(stored.Name) != Path.GetFileName(file)) throw new InputException($"{file}: holds '{stored.Name}', which {index} does not say");
                if (model.OwnName(stored.Name) is not { } name) continue;
                if (!wanted.Remove(name, out Weight? target))
                    throw new InputException(model.Weights.Any(w => w.Name == name) ? $"{file}: holds '{name}' under two names" : $"{file}: holds '{name}', which the model has no place for");
                Tensor imported = model.Imported(name, stored.Value);
                if (!imported.shape.AsSpan().SequenceEqual(target.Value.shape))
                    throw new InputException($"{file}: '{name}' is [{string.Join(", ", imported.shape)}], the model wants [{string.Join(", ", target.Value.shape)}]");
                target.Value.copy_(imported);
            }
        }
        if (wanted.Count > 0) throw new InputException($"{(map is null ? one : index)}: holds no '{wanted.Keys.First()}': is it from a model of another shape?");
    }

    private static Dictionary<string, string> Map(string index)
    {
        if (!File.Exists(index)) throw new InputException($"{Path.GetDirectoryName(index)}: holds neither {One} nor {IndexFile}");
        try
        {
            var map = new Dictionary<string, string>();
            foreach ((string name, JsonNode? file) in JsonNode.Parse(File.ReadAllBytes(index))!["weight_map"]!.AsObject())
            {
                string shard = file!.GetValue<string>();
                // A name with a folder in it would read files that are no part of the model.
                if (shard != Path.GetFileName(shard) || !File.Exists(Path.Combine(Path.GetDirectoryName(index)!, shard))) throw new InputException($"{index}: '{name}' is said to be in '{shard}', which is not a file beside it");
                map.Add(name, shard);
            }
            return map;
        }
        catch (Exception e) when (e is JsonException or NullReferenceException or InvalidOperationException or ArgumentException)
        {
            throw new InputException($"{index}: not an index of shards: {e.Message}", e);
        }
    }
}
