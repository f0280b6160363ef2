using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Remote;
using DataPipeline.Ingest.Remote.S3;

namespace DataPipeline.Tests.Ingest.Remote;

/// <summary>A small S3 on loopback: lists in pages, ranges, and signatures that are worked out again by another way than the program's.</summary>
public sealed class S3Tests : IDisposable
{
    private const string Access = "AKIDEXAMPLE", Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private static readonly byte[] Content = [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * 7))];

    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly FetchFixture _fetch = new();
    private readonly LoopbackServer _server;
    private Func<Asked, Answer, Task<bool>> _before = (_, _) => Task.FromResult(false);

    public S3Tests()
    {
        _server = new LoopbackServer(ServeAsync);
        _fetch.Options = _fetch.Options with { S3 = new S3Settings { Endpoint = new Uri(_server.Url), Region = "eu-central-1", Credentials = new S3Credentials(Access, Secret, "token/+=") } };
    }

    public void Dispose()
    {
        _server.Dispose();
        _fetch.Dispose();
    }

    [Theory]
    [InlineData("data/plain.bin")]
    [InlineData("with space & + % 書.bin")]
    [InlineData("a//b/../c.bin")]
    [InlineData("q?x=1#y.bin")]
    [InlineData("~tilde*'().bin")]
    public void Fetch_Key_IsSignedAsItIs(string key)
    {
        _objects[key] = Content;

        Assert.Empty(_fetch.Fetch($"s3://bucket/{key}").Failed);

        FetchedName(out string name, out string verified);
        Assert.Equal(Content, _fetch.Bytes(name));
        Assert.Equal("md5", verified);
        Assert.DoesNotContain(Secret, File.ReadAllText(Path.Combine(_fetch.Folder, "fetch.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Fetch_BrokenOff_GoesOnWithASignedRange()
    {
        _objects["k.bin"] = Content;
        _before = async (asked, answer) =>
        {
            if (asked.Number > 0)
                return false;
            await answer.PartAsync(200, Content, Content.Length, 1000, EtagOf(Content));
            return true;
        };

        Assert.Empty(_fetch.Fetch("s3://bucket/k.bin").Failed);

        Assert.Equal("- bytes=1000-", _server.Ranges);
        Assert.Equal(Content, _fetch.Bytes("k.bin"));
    }

    [Fact]
    public void Fetch_Prefix_ListsAllPagesAndKeepsFolders()
    {
        foreach (string key in new[] { "p/", "p/a.bin", "p/b/c d.bin", "p/b/書.bin", "p/../../x", "p/e+f.bin", "p/g.bin", "other.bin" })
            _objects[key] = key.EndsWith('/') ? [] : Encoding.UTF8.GetBytes(key);

        FetchResult result = _fetch.Fetch("s3://bucket/p/");

        Assert.Empty(result.Failed);
        Assert.Equal(6, result.Fetched);
        Assert.Equal("p/b/書.bin", Encoding.UTF8.GetString(_fetch.Bytes("b/書.bin")));
        Assert.Equal("p/b/c d.bin", Encoding.UTF8.GetString(_fetch.Bytes("b/c d.bin")));
        Assert.Equal("p/e+f.bin", Encoding.UTF8.GetString(_fetch.Bytes("e+f.bin")));
        Assert.All(Directory.EnumerateFiles(_fetch.Folder, "*", SearchOption.AllDirectories), path => Assert.StartsWith(_fetch.Folder, Path.GetFullPath(path), StringComparison.Ordinal));
        Assert.Equal(3, _server.Requests.Count(asked => asked.Target.Contains("list-type=2", StringComparison.Ordinal)));
        Assert.Equal(6, _fetch.Fetch("s3://bucket/p/").There);
    }

    [Fact]
    public void Fetch_WrongSecret_IsRefusedOnce()
    {
        _objects["k.bin"] = Content;
        _fetch.Options = _fetch.Options with { S3 = _fetch.Options.S3 with { Credentials = new S3Credentials(Access, "wrong") } };
        Assert.Equal("http_403", _fetch.Fetch("s3://bucket/k.bin").Failed.Single().Reason);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public void Fetch_Anonymous_SignsNothing()
    {
        _objects["public.bin"] = Content;
        _fetch.Options = _fetch.Options with { S3 = _fetch.Options.S3 with { Credentials = null } };
        Assert.Empty(_fetch.Fetch("s3://bucket/public.bin").Failed);
        Assert.DoesNotContain("authorization", _server.Requests.Single().Headers.Keys);
    }

    [Fact]
    public void Fetch_RedirectedToAnotherServer_SendsItNoSignatureAndNoToken()
    {
        using var other = new LoopbackServer((asked, answer) => answer.BodyAsync(200, Content));
        _before = async (asked, answer) =>
        {
            await answer.StatusAsync(307, $"Location: {other.Url}{asked.Target}");
            return true;
        };
        Assert.Empty(_fetch.Fetch("s3://bucket/k.bin").Failed);
        Assert.Equal(["accept", "accept-encoding", "host", "user-agent", "x-amz-checksum-mode"], other.Requests.Single().Headers.Keys.Order());
    }

    [Theory]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult><Contents><Key>&a;</Key></Contents></ListBucketResult>")]
    [InlineData("<Error><Code>Odd</Code></Error>")]
    [InlineData("<ListBucketResult><Contents><Key>p/a</Key><Size>-5</Size></Contents></ListBucketResult>")]
    [InlineData("<ListBucketResult><Contents><Key>elsewhere</Key><Size>5</Size></Contents></ListBucketResult>")]
    [InlineData("<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>")]
    [InlineData("<ListBucketResult><Contents>")]
    [InlineData("no xml")]
    public void Fetch_ListIsHostile_IsAnInputError(string page)
    {
        _before = async (_, answer) =>
        {
            await answer.BodyAsync(200, Encoding.UTF8.GetBytes(page));
            return true;
        };
        Assert.Throws<InputException>(() => _fetch.Fetch("s3://bucket/p/"));
    }

    /// <summary>Examples of AWS's documentation: "Signature Calculations for the Authorization Header" of S3, and ListUsers of IAM.</summary>
    [Theory]
    [InlineData("GET", "/test.txt", "", "range: bytes=0-9", "s3", "examplebucket.s3.amazonaws.com", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")]
    [InlineData("GET", "/", "lifecycle=", "", "s3", "examplebucket.s3.amazonaws.com", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("GET", "/", "prefix=J&max-keys=2", "", "s3", "examplebucket.s3.amazonaws.com", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void Authorization_ExampleOfS3_HasItsSignature(string method, string path, string query, string header, string service, string host, string signature)
    {
        (string, string)[] headers = [("Host", host), ("x-amz-content-sha256", SignatureV4.EmptyBody), ("x-amz-date", "20130524T000000Z"), .. header.Length == 0 ? [] : new[] { (header.Split(": ")[0], header.Split(": ")[1]) }];
        string authorization = SignatureV4.Authorization(method, path, query, headers, SignatureV4.EmptyBody, new S3Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "us-east-1", service);
        Assert.EndsWith($"Signature={signature}", authorization, StringComparison.Ordinal);
    }

    [Fact]
    public void Authorization_ExampleOfIam_HasItsSignature()
    {
        string authorization = SignatureV4.Authorization("GET", "/", "Action=ListUsers&Version=2010-05-08",
            [("content-type", "application/x-www-form-urlencoded; charset=utf-8"), ("host", "iam.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
            SignatureV4.EmptyBody, new S3Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "us-east-1", "iam");
        Assert.Equal("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
            + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7", authorization);
    }

    [Fact]
    public void FromEnvironment_VariablesAndFiles_AreTakenAsAwsDoes()
    {
        using var folder = new Tokens.TemporaryFolder();
        Directory.CreateDirectory(folder[".aws"]);
        File.WriteAllText(folder[".aws/credentials"], "[default]\naws_access_key_id = A\naws_secret_access_key=B=\n\n[other]\naws_access_key_id=C\naws_secret_access_key=D\naws_session_token=E\n");
        File.WriteAllText(folder[".aws/config"], "[default]\nregion = eu-west-3\n[profile other]\nregion=us-west-2\ns3 =\n  endpoint_url = http://nested\nendpoint_url = https://minio.example/base/\n");
        S3Settings From(params (string, string)[] variables) => S3Settings.FromEnvironment(name => variables.ToDictionary().GetValueOrDefault(name), folder["."]);

        Assert.Equal(new S3Settings { Region = "eu-west-3", Credentials = new S3Credentials("A", "B=") }, From());
        Assert.Equal(new S3Settings { Region = "us-west-2", Credentials = new S3Credentials("C", "D", "E"), Endpoint = new Uri("https://minio.example/base") }, From(("AWS_PROFILE", "other")));
        Assert.Equal(new S3Settings { Region = "r", Credentials = new S3Credentials("X", "Y", "Z"), Endpoint = new Uri("http://e:9000") },
            From(("AWS_REGION", "r"), ("AWS_ACCESS_KEY_ID", "X"), ("AWS_SECRET_ACCESS_KEY", "Y"), ("AWS_SESSION_TOKEN", "Z"), ("AWS_ENDPOINT_URL", "http://e:9000")));
        Assert.Throws<ConfigurationException>(() => From(("AWS_ACCESS_KEY_ID", "X")));
        Assert.Throws<ConfigurationException>(() => From(("AWS_PROFILE", "absent")));
        Assert.Throws<ConfigurationException>(() => From(("AWS_ENDPOINT_URL", "file:///x")));
        Assert.DoesNotContain("Y", new S3Credentials("X", "Y").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket/a b/c", "https://bucket.s3.eu-central-1.amazonaws.com/a%20b/c")]
    [InlineData("s3://my.bucket/../x", "https://s3.eu-central-1.amazonaws.com/my.bucket/../x")]
    public void Object_OfAws_IsByHostUnlessTheNameHasPoints(string address, string url) =>
        Assert.Equal(url, S3Address.Parse(address)!.Object(new S3Settings { Region = "eu-central-1" }).ToString());

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///key")]
    [InlineData("s3://host@evil/key")]
    [InlineData("s3://a:80/key")]
    [InlineData("s3://-x/key")]
    public void Parse_NoBucket_IsNoAddress(string text) => Assert.Null(S3Address.Parse(text));

    /// <summary>The signer of AWS's own library, over keys and queries of all kinds.</summary>
    [DebianPythonFact("botocore")]
    public void Authorization_AnyKeyAndQuery_IsBotocores()
    {
        string[] keys = ["a", "a b", "a+b", "書/é", "a//b", "../x", "%41", "~*'()", "a?b#c", "x=y&z"];
        var credentials = new S3Credentials("AKID", "secret/+=", "tok/en+=");
        string[] ours = [.. keys.SelectMany(key => new[] { new S3Address("bucket", key).Object(Settings()), new S3Address("bucket", key).List(Settings(), "1/+ =" + key) }).Select(uri =>
            uri + " " + SignatureV4.Authorization("GET", uri.AbsolutePath, uri.Query.TrimStart('?'),
                [("host", uri.Authority), ("x-amz-content-sha256", SignatureV4.EmptyBody), ("x-amz-date", "20240301T120000Z"), ("x-amz-security-token", credentials.SessionToken!)],
                SignatureV4.EmptyBody, credentials, "eu-central-1", "s3"))];

        string theirs = DebianPython.Run(string.Join('\n', ours.Select(line => line.Split(' ')[0])), DebianPython.Oracle("botocore_sign.py"));

        Assert.Equal(string.Join('\n', ours), theirs.TrimEnd('\n'));

        static S3Settings Settings() => new() { Endpoint = new Uri("http://127.0.0.1:9000"), Region = "eu-central-1" };
    }

    private void FetchedName(out string name, out string verified)
    {
        System.Text.Json.JsonElement file = _fetch.Manifest.GetProperty("files")[0];
        (name, verified) = (file.GetProperty("name").GetString()!, file.GetProperty("verified")[0].GetString()!);
    }

    private async Task ServeAsync(Asked asked, Answer answer)
    {
        if (await _before(asked, answer))
            return;
        string[] target = asked.Target.Split('?', 2);
        if (!IsSigned(asked, target[0], target.Length > 1 ? target[1] : "") && target[0] != "/bucket/public.bin")
            await answer.StatusAsync(403);
        else if (target.Length > 1)
            await ListAsync(target[1].Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1])), answer);
        else if (_objects.TryGetValue(Uri.UnescapeDataString(target[0]["/bucket/".Length..]), out byte[]? content))
            await answer.FileAsync(asked, content, EtagOf(content), "x-amz-request-id: 1");
        else
            await answer.StatusAsync(404);
    }

    // Three keys a page.
    private Task ListAsync(Dictionary<string, string> query, Answer answer)
    {
        string[] left = [.. _objects.Keys.Where(key => key.StartsWith(query["prefix"], StringComparison.Ordinal) && string.CompareOrdinal(key, query.GetValueOrDefault("continuation-token", "")) > 0)], page = left[..Math.Min(3, left.Length)];
        string contents = string.Concat(page.Select(key => $"<Contents><Key>{Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal).Replace("%20", "+", StringComparison.Ordinal)}</Key><Size>{_objects[key].Length}</Size><Owner><ID>Key</ID></Owner></Contents>"));
        string more = left.Length > page.Length ? $"<IsTruncated>true</IsTruncated><NextContinuationToken>{page[^1]}</NextContinuationToken>" : "<IsTruncated>false</IsTruncated>";
        return answer.BodyAsync(200, Encoding.UTF8.GetBytes($"<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name><EncodingType>url</EncodingType>{contents}{more}</ListBucketResult>"));
    }

    private static bool IsSigned(Asked asked, string path, string query)
    {
        if (asked.Headers.GetValueOrDefault("authorization") is not { } authorization)
            return false;
        Dictionary<string, string> parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        string[] scope = parts["Credential"].Split('/')[1..], names = parts["SignedHeaders"].Split(';');
        var canonical = new StringBuilder($"GET\n{path}\n{string.Join('&', query.Split('&').Order(StringComparer.Ordinal))}\n");
        foreach (string name in names)
            canonical.Append(CultureInfo.InvariantCulture, $"{name}:{asked.Headers[name]}\n");
        canonical.Append(CultureInfo.InvariantCulture, $"\n{parts["SignedHeaders"]}\n{asked.Headers["x-amz-content-sha256"]}");
        byte[] Mac(byte[] key, string text) => new HMACSHA256(key).ComputeHash(Encoding.UTF8.GetBytes(text));
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())));
        byte[] key = Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes("AWS4" + Secret), scope[0]), scope[1]), scope[2]), scope[3]);
        string expected = Convert.ToHexStringLower(Mac(key, $"AWS4-HMAC-SHA256\n{asked.Headers["x-amz-date"]}\n{string.Join('/', scope)}\n{digest}"));
        return asked.Headers.Keys.Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal)).Append("host").All(names.Contains) && names.Contains("x-amz-security-token") && scope[1] == "eu-central-1" && parts["Signature"] == expected;
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5351", Justification = "as S3 makes ETags")]
    private static string EtagOf(byte[] content) => $"ETag: \"{Convert.ToHexStringLower(MD5.HashData(content))}\"";
}
