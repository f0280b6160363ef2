using System.Buffers;
using System.Buffers.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;

namespace DataPipeline.Tokens.Formats;

/// <summary>tiktoken's rank files.</summary>
internal static class TiktokenFile
{
    private static readonly string[] Encodings = ["r50k_base", "p50k_base", "p50k_edit", "cl100k_base", "o200k_base", "o200k_harmony"];

    /// <summary>The encoding that the name of a file gives.</summary>
    public static string EncodingOf(string path)
    {
        string name = Path.GetFileName(path);
        return Array.Find(Encodings, encoding => name.StartsWith(encoding, StringComparison.Ordinal)) ?? throw new ConfigurationException(
            $"{path}: the name says no split pattern (known: {string.Join(", ", Encodings)}): give one");
    }

    /// <summary>True for a file whose first line is base64 and a number, whatever its name.</summary>
    public static bool IsRankFile(string path)
    {
        Span<byte> start = stackalloc byte[512], bytes = stackalloc byte[512];
        using FileStream file = File.OpenRead(path);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        int end = start.IndexOf((byte)'\n'), space = start.IndexOf((byte)' ');
        return space > 0 && end > space && Base64.DecodeFromUtf8(start[..space], bytes, out _, out _) == OperationStatus.Done
            && Utf8Parser.TryParse(start[(space + 1)..end].TrimEnd((byte)'\r'), out int _, out _);
    }

    public static TokenBytes Read(string path)
    {
        ReadOnlySpan<byte> text = File.ReadAllBytes(path);
        TokenBytes tokens = new(Math.Max(256, text.Count((byte)'\n') + 1));
        byte[] bytes = new byte[256];
        int number = 0;
        while (!text.IsEmpty)
        {
            int length = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (length < 0 ? text : text[..length]).TrimEnd((byte)'\r');
            text = length < 0 ? default : text[(length + 1)..];
            number++;
            if (line.IsEmpty)
                continue;
            int space = line.IndexOf((byte)' ');
            if (bytes.Length < line.Length)
                bytes = new byte[line.Length];
            if (space < 0 || Base64.DecodeFromUtf8(line[..space], bytes, out _, out int count) != OperationStatus.Done
                || !Utf8Parser.TryParse(line[(space + 1)..], out int rank, out int used) || used != line.Length - space - 1 || rank is < 0 or > 1 << 24)
            {
                throw new InputException($"{path}: line {number} is no \"base64 rank\": get the file again");
            }
            if (tokens.Find(bytes.AsSpan(0, count)) >= 0 || !tokens.Add(rank, bytes.AsSpan(0, count)))
                throw new InputException($"{path}: line {number} repeats a token or a rank: get the file again");
        }
        return tokens;
    }

    /// <summary>Special tokens that an encoding has beside its ranks.</summary>
    public static IReadOnlyDictionary<string, int> SpecialTokensOf(string encoding, TokenBytes tokens)
    {
        Dictionary<string, int> special = encoding.Replace("_base", "", StringComparison.Ordinal) switch
        {
            "r50k" or "gpt2" or "p50k" => new() { ["<|endoftext|>"] = 50256 },
            "p50k_edit" => new() { ["<|endoftext|>"] = 50256, ["<|fim_prefix|>"] = 50281, ["<|fim_middle|>"] = 50282, ["<|fim_suffix|>"] = 50283 },
            "cl100k" => new()
            {
                ["<|endoftext|>"] = 100257, ["<|fim_prefix|>"] = 100258, ["<|fim_middle|>"] = 100259, ["<|fim_suffix|>"] = 100260,
                ["<|endofprompt|>"] = 100276,
            },
            "o200k" => new() { ["<|endoftext|>"] = 199999, ["<|endofprompt|>"] = 200018 },
            "o200k_harmony" => Harmony(),
            _ => [],
        };
        // A rank file of another model under a borrowed pattern keeps its own ids.
        return special.Values.Any(tokens.Contains) ? new Dictionary<string, int>() : special;
    }

    private static Dictionary<string, int> Harmony()
    {
        Dictionary<string, int> special = new()
        {
            ["<|startoftext|>"] = 199998, ["<|endoftext|>"] = 199999, ["<|return|>"] = 200002, ["<|constrain|>"] = 200003,
            ["<|channel|>"] = 200005, ["<|start|>"] = 200006, ["<|end|>"] = 200007, ["<|message|>"] = 200008, ["<|call|>"] = 200012,
        };
        HashSet<int> named = [.. special.Values];
        for (int id = 200000; id < 201088; id++)
        {
            if (!named.Contains(id))
                special[$"<|reserved_{id}|>"] = id;
        }
        special["<|endofprompt|>"] = 200018;
        return special;
    }
}
