using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>Signs documents; pure, so any number of threads may ask at once.</summary>
/// <param name="kinds">The kinds.</param>
/// <param name="rule">The survivor rule, whose value of each document is kept.</param>
/// <param name="ruleKey">Metadata column the rule looks at.</param>
/// <param name="nameOf">What the ledger calls a document.</param>
internal sealed class DocumentSigner(KindList kinds, SurvivorRule rule, string ruleKey, Func<Document, string> nameOf)
{
    public KindList Kinds => kinds;

    /// <summary>True where the survivor rule looks at a value.</summary>
    public bool HasValues => rule != SurvivorRule.First;

    /// <summary>Not the document itself stays in what is given: a batch of results would hold the texts of a batch for as long as it waits.</summary>
    public SignedDocument Sign(Document document)
    {
        var signatures = new Signature[kinds.Count];
        var texts = new byte[signatures.Length][];
        for (int kind = 0; kind < signatures.Length; kind++)
        {
            signatures[kind] = kinds[kind].Sign(document);
            texts[kind] = kinds[kind].KeepsTexts ? kinds[kind].Texts(document) : [];
        }
        return new SignedDocument(document.Source, nameOf(document), HasValues ? SurvivorValue.Of(document, rule, ruleKey) : 0, signatures, texts);
    }
}

/// <summary>What the steps behind know of a document.</summary>
/// <param name="Source">Its source.</param>
/// <param name="Name">What the ledger calls it.</param>
/// <param name="Value">What the survivor rule compares.</param>
/// <param name="Signatures">Keys and sketch for each kind.</param>
/// <param name="Texts">What its exact similarity is computed from, for kinds that keep it.</param>
internal readonly record struct SignedDocument(string Source, string Name, long Value, Signature[] Signatures, byte[][] Texts);

/// <summary>Writes what is known of the documents of one shard: keys, names, values of the survivor rule, sketches, and texts that are kept.</summary>
internal sealed class SignedShardWriter : IDisposable
{
    private readonly TaskContext _context;
    private readonly string _name;
    private readonly KindList _kinds;
    private readonly KeyFileWriter _keys;
    private readonly IdFileWriter _ids;
    private readonly BinaryWriter? _values;
    private readonly FileStream?[] _sketches;
    private readonly BlobFileWriter?[] _texts;

    /// <summary>Opens the files.</summary>
    /// <param name="context">The task that writes them.</param>
    /// <param name="name">Name of the shard.</param>
    /// <param name="signer">Who signs.</param>
    public SignedShardWriter(TaskContext context, string name, DocumentSigner signer)
    {
        (_context, _name, _kinds) = (context, name, signer.Kinds);
        _keys = new KeyFileWriter(context.NewFile(KeyName), _kinds.Count);
        _ids = new IdFileWriter(context.NewFile(IdName));
        _values = signer.HasValues ? new BinaryWriter(File.Create(context.NewFile(ValueName), 1 << 16)) : null;
        _sketches = [.. Enumerable.Range(0, _kinds.Count).Select(kind => _kinds[kind].SketchBytes > 0 ? File.Create(context.NewFile(SketchName(kind)), 1 << 16) : null)];
        _texts = [.. Enumerable.Range(0, _kinds.Count).Select(kind => _kinds[kind].KeepsTexts ? new BlobFileWriter(context.NewFile(TextsName(kind))) : null)];
    }

    private string KeyName => $"{_name}.keys";

    private string IdName => $"{_name}.ids";

    private string ValueName => $"{_name}.values";

    private string SketchName(int kind) => $"{_name}.{kind}.sketches";

    private string TextsName(int kind) => $"{_name}.{kind}.texts";

    /// <summary>Adds the next document.</summary>
    public void Add(in SignedDocument document)
    {
        _keys.Add(document.Source, document.Signatures);
        _ids.Add(document.Name);
        _values?.Write(document.Value);
        for (int kind = 0; kind < _kinds.Count; kind++)
        {
            if (_sketches[kind] is { } file)
                SketchFile.Write(file, document.Signatures[kind].Sketch, _kinds[kind].SketchBytes);
            _texts[kind]?.Add(document.Texts[kind]);
        }
    }

    /// <summary>Ends the files and notes their roles.</summary>
    public void Finish()
    {
        _keys.Finish();
        _ids.Finish();
        _context.Describe(KeyName, 0, role: "keys");
        _context.Describe(IdName, 0, role: "ids");
        if (_values is not null)
            _context.Describe(ValueName, 0, role: KeysStep.ValueRole);
        for (int kind = 0; kind < _kinds.Count; kind++)
        {
            if (_kinds[kind].SketchBytes > 0)
                _context.Describe(SketchName(kind), 0, role: KeysStep.SketchRole(kind));
            _texts[kind]?.Finish();
            if (_kinds[kind].KeepsTexts)
                _context.Describe(TextsName(kind), 0, role: TextsStep.Role(kind));
        }
        Dispose();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _ids.Dispose();
        _values?.Dispose();
        foreach (FileStream? file in _sketches)
            file?.Dispose();
        foreach (BlobFileWriter? file in _texts)
            file?.Dispose();
    }
}
