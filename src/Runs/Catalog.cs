using Dapper;
using DataPipeline.Core;
using Microsoft.Data.Sqlite;

namespace DataPipeline.Runs;

/// <summary>The run catalog: runs, steps, tasks, files with checksums and drop counts in SQLite, for people and their queries.</summary>
/// <remarks>It follows the manifests and never leads them: a lost catalog costs its times and nothing else.</remarks>
public sealed class Catalog : IDisposable
{
    private readonly SqliteConnection _database;
    private readonly long _run;

    /// <summary>Opens or makes a catalog and notes that a run begins.</summary>
    public Catalog(string path, string name, string pipeline)
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _database = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _database.Open();
        _database.Execute("""
            pragma journal_mode = wal;
            pragma busy_timeout = 10000;
            create table if not exists runs  (id integer primary key, name text, pipeline text, started text, ended text, outcome text);
            create table if not exists steps (run integer, step text, tasks integer, started text, ended text, primary key (run, step));
            create table if not exists tasks (run integer, step text, task text, key text, ended text, primary key (run, step, task));
            create table if not exists files (step text, path text, role text, bytes integer, sha256 text, rows integer, tokens integer, primary key (step, path));
            create table if not exists counts (step text, source text, read integer, kept integer, characters integer, tokens integer, primary key (step, source));
            create table if not exists drops (step text, source text, stage text, reason text, documents integer, primary key (step, source, stage, reason));
            """);
        _run = _database.QuerySingle<long>(
            "insert into runs (name, pipeline, started) values (@name, @pipeline, @now) returning id", new { name, pipeline, now = Now });
    }

    private static string Now => Clock.Now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    /// <summary>Notes that a step begins.</summary>
    public void StepStarted(string step, int tasks) => _database.Execute(
        "insert or replace into steps (run, step, tasks, started) values (@run, @step, @tasks, @now)", new { run = _run, step, tasks, now = Now });

    /// <summary>Notes that a task is done.</summary>
    public void TaskFinished(string step, string task, TaskRecord record) => _database.Execute(
        "insert or replace into tasks values (@run, @step, @task, @key, @now)", new { run = _run, step, task, key = record.Key, now = Now });

    /// <summary>Notes a finished step: its files and counts replace those of earlier runs.</summary>
    public void StepFinished(StepManifest manifest)
    {
        using SqliteTransaction transaction = _database.BeginTransaction();
        string step = manifest.Step;
        _database.Execute("update steps set ended = @now where run = @run and step = @step", new { run = _run, step, now = Now }, transaction);
        foreach (string table in (string[])["files", "counts", "drops"])
            _database.Execute($"delete from {table} where step = @step", new { step }, transaction);
        _database.Execute("insert into files values (@step, @Path, @Role, @Bytes, @Sha256, @Rows, @Tokens)",
            manifest.Files.Select(file => new { step, file.Path, file.Role, file.Bytes, file.Sha256, file.Rows, file.Tokens }), transaction);
        _database.Execute("insert into counts values (@step, @source, @Read, @Kept, @Characters, @Tokens)",
            manifest.Sources.Select(pair => new { step, source = pair.Key, pair.Value.Read, pair.Value.Kept, pair.Value.Characters, pair.Value.Tokens }), transaction);
        _database.Execute("insert into drops values (@step, @source, @stage, @reason, @documents)",
            from source in manifest.Sources
            from drop in source.Value.Dropped
            let slash = drop.Key.IndexOf('/')
            select new { step, source = source.Key, stage = drop.Key[..slash], reason = drop.Key[(slash + 1)..], documents = drop.Value }, transaction);
        transaction.Commit();
    }

    /// <summary>Notes how the run ended: <c>done</c>, <c>interrupted</c>, or the first line of an error.</summary>
    public void RunEnded(string outcome) =>
        _database.Execute("update runs set ended = @now, outcome = @outcome where id = @run", new { run = _run, outcome, now = Now });

    /// <summary>Notes the error that ended the run, if the catalog can still be written: on a full disk it cannot, and the error is what matters.</summary>
    public void RunFailed(Exception error)
    {
        try
        {
            RunEnded(error.Message.Split('\n')[0]);
        }
        catch (SqliteException)
        {
            // The caller reports the error itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();
}
