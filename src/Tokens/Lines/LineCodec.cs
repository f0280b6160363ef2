using System.Buffers;
using System.Text;
using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Lines;

/// <summary>Lines of JSON in, lines of JSON out: what <c>tokenizer encode</c> and <c>tokenizer decode</c> do to a block of lines. Safe to use from several threads.</summary>
/// <remarks>A line that holds only white space is none. Of a field that stands twice the last one counts, as in other readers of JSON.</remarks>
public abstract class LineCodec
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    /// <summary>What a block of lines became.</summary>
    /// <param name="Output">The new lines, each with its end.</param>
    /// <param name="Lines">How many.</param>
    /// <param name="Tokens">Tokens in them.</param>
    /// <param name="Skipped">Lines left out because something is wrong with them.</param>
    public readonly record struct Block(ReadOnlyMemory<byte> Output, long Lines, long Tokens, long Skipped);

    /// <summary>Leaves a wrong line out and counts it, in place of the exception.</summary>
    public bool SkipsWrongLines { get; init; }

    /// <summary>Converts all lines of a block.</summary>
    /// <param name="lines">Well-formed UTF-8.</param>
    /// <param name="file">Its file, for messages.</param>
    /// <param name="firstLine">Number of the first line, for messages.</param>
    /// <exception cref="InputException">A line is no JSON object or lacks what is converted; the message names it.</exception>
    public Block Convert(ReadOnlySpan<byte> lines, string file, long firstLine)
    {
        ArrayBufferWriter<byte> output = new(Math.Max(256, lines.Length));
        Scratch scratch = new();
        long number = firstLine, written = 0, tokens = 0, skipped = 0;
        for (; !lines.IsEmpty; number++)
        {
            int length = lines.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = length < 0 ? lines : lines[..length];
            lines = length < 0 ? default : lines[(length + 1)..];
            if (line.IndexOfAnyExcept(" \t\r"u8) < 0)
                continue;
            int before = output.WrittenCount;
            string? wrong = Line(line, output, scratch);
            if (wrong is null)
            {
                written++;
                tokens += scratch.Ids.Count;
                continue;
            }
            if (!SkipsWrongLines)
                throw new InputException($"{file}: line {number} {wrong}: correct it, or leave such lines out with --skip");
            if (output.WrittenCount != before)
                throw new InvalidOperationException("a wrong line wrote something");
            skipped++;
        }
        return new Block(output.WrittenMemory, written, tokens, skipped);
    }

    private string? Line(ReadOnlySpan<byte> line, IBufferWriter<byte> output, Scratch scratch)
    {
        scratch.Ids.Clear();
        bool found = false;
        ReadOnlySpan<byte> id = default;
        try
        {
            Utf8JsonReader json = new(line, Options);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                return "is no JSON object";
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = json.ValueTextEquals("id"u8), wanted = json.ValueTextEquals(Wanted);
                json.Read();
                if (wanted)
                    found = Take(ref json, scratch);
                int start = (int)json.TokenStartIndex;
                json.Skip();
                if (isId)
                    id = line[start..(int)json.BytesConsumed];
            }
            json.Read();
        }
        catch (JsonException broken)
        {
            return $"is no JSON ({broken.Message.Split(" LineNumber")[0]} Byte {broken.BytePositionInLine} of the line.)";
        }
        if (!found)
            return Lacks;
        return Write(id, output, scratch);
    }

    /// <summary>Name of the field that is converted.</summary>
    protected abstract ReadOnlySpan<byte> Wanted { get; }

    /// <summary>What is wrong with a line without it.</summary>
    protected abstract string Lacks { get; }

    /// <summary>Reads the field; false when it is of another kind.</summary>
    private protected abstract bool Take(ref Utf8JsonReader json, Scratch scratch);

    /// <summary>Writes the new line, or says what is wrong.</summary>
    private protected abstract string? Write(ReadOnlySpan<byte> id, IBufferWriter<byte> output, Scratch scratch);

    /// <summary>The start of a line, with the <c>id</c> of the old one as it stood there.</summary>
    private protected static void WriteStart(ReadOnlySpan<byte> id, IBufferWriter<byte> output)
    {
        output.Write("{"u8);
        if (id.IsEmpty)
            return;
        output.Write("\"id\":"u8);
        output.Write(id);
        output.Write(","u8);
    }

    /// <summary>Memory that is used again from line to line.</summary>
    private protected sealed class Scratch
    {
        public IdBuffer Ids { get; } = new();

        public byte[] Text { get; private set; } = new byte[1 << 12];

        public int TextLength { get; private set; }

        public void TakeText(ref Utf8JsonReader json)
        {
            if (Text.Length < json.ValueSpan.Length)
                Text = new byte[(int)Math.Min(Array.MaxLength, json.ValueSpan.Length * 2L)];
            TextLength = json.CopyString(Text);
        }
    }
}

/// <summary><c>{"text": ...}</c> to <c>{"ids": [...]}</c>.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="addSpecialTokens">Puts the tokens around each text that the tokenizer's file asks for.</param>
/// <param name="special">How names of special tokens inside a text are read.</param>
public sealed class LineEncoder(Tokenizer tokenizer, bool addSpecialTokens = false, SpecialTokenHandling special = SpecialTokenHandling.AsText) : LineCodec
{
    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Wanted => "text"u8;

    /// <inheritdoc/>
    protected override string Lacks => "has no string \"text\"";

    private protected override bool Take(ref Utf8JsonReader json, Scratch scratch)
    {
        if (json.TokenType != JsonTokenType.String)
            return false;
        scratch.TakeText(ref json);
        return true;
    }

    private protected override string? Write(ReadOnlySpan<byte> id, IBufferWriter<byte> output, Scratch scratch)
    {
        IdBuffer ids = scratch.Ids;
        foreach (int token in addSpecialTokens ? tokenizer.Prefix : [])
            ids.Add(token);
        tokenizer.Encode(scratch.Text.AsSpan(0, scratch.TextLength), ids, special);
        foreach (int token in addSpecialTokens ? tokenizer.Suffix : [])
            ids.Add(token);
        WriteStart(id, output);
        output.Write("\"ids\":["u8);
        WriteNumbers(ids.Ids, output);
        output.Write("]}\n"u8);
        return null;
    }

    private static void WriteNumbers(ReadOnlySpan<int> numbers, IBufferWriter<byte> output)
    {
        const int AtOnce = 4096, MostBytes = 12;
        for (int from = 0; from < numbers.Length; from += AtOnce)
        {
            ReadOnlySpan<int> some = numbers[from..Math.Min(numbers.Length, from + AtOnce)];
            Span<byte> room = output.GetSpan(some.Length * MostBytes);
            int used = 0;
            for (int i = 0; i < some.Length; i++)
            {
                if (from + i > 0)
                    room[used++] = (byte)',';
                some[i].TryFormat(room[used..], out int digits);
                used += digits;
            }
            output.Advance(used);
        }
    }
}

/// <summary><c>{"ids": [...]}</c> to <c>{"text": ...}</c>; bytes that make no character become U+FFFD.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="skipSpecialTokens">Leaves special tokens out of the text.</param>
public sealed class LineDecoder(Tokenizer tokenizer, bool skipSpecialTokens = false) : LineCodec
{
    private static readonly JsonWriterOptions Layout = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Wanted => "ids"u8;

    /// <inheritdoc/>
    protected override string Lacks => "has no list of whole numbers \"ids\"";

    private protected override bool Take(ref Utf8JsonReader json, Scratch scratch)
    {
        scratch.Ids.Clear();
        if (json.TokenType != JsonTokenType.StartArray)
            return false;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int token))
            {
                while (json.TokenType != JsonTokenType.EndArray || json.CurrentDepth > 1)
                    json.Read();
                return false;
            }
            scratch.Ids.Add(token);
        }
        return true;
    }

    private protected override string? Write(ReadOnlySpan<byte> id, IBufferWriter<byte> output, Scratch scratch)
    {
        foreach (int token in scratch.Ids.Ids)
        {
            if ((uint)token >= (uint)tokenizer.VocabularySize)
                return $"has the id {token}, but the vocabulary ends at {tokenizer.VocabularySize - 1}";
        }
        WriteStart(id, output);
        output.Write("\"text\":"u8);
        using (Utf8JsonWriter json = new(output, Layout))
            json.WriteStringValue(tokenizer.Decode(scratch.Ids.Ids.ToArray(), skipSpecialTokens));
        output.Write("}\n"u8);
        return null;
    }
}
