using System.Text.Json;
using Kanade.Cli;

namespace Kanade.Tests.Cli;

public sealed class PretrainAccentCommandTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    string At(string name) => Path.Combine(_folder.FullName, name);

    static async Task<(int Code, string Output, Exception? Failure)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var context = new CommandContext(TextReader.Null, output, new Screen(error, 0));
        Exception? failure = null;
        var code = -1;
        try
        {
            code = await PretrainAccentCommand.Create(context).Parse(arguments).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            failure = e;
        }
        return (code, output.ToString(), failure);
    }

    [Fact]
    public async Task Labels_and_texts_make_a_model_that_phonemize_takes()
    {
        string[] phones = ["h", "a", "sh", "i"];
        for (var i = 0; i < 4; i++)
        {
            await File.WriteAllLinesAsync(At($"u{i}.lab"), phones.Select((phone, p) =>
                $"x^x-{phone}+x=x/A:{p / 2 - 1}+{p / 2 + 1}+{2 - p / 2}/B:x/F:2_2#0_xx@1_1|1_2/G:x/I:1-2@1/J:x"));
        }
        await File.WriteAllTextAsync(At("texts.tsv"), "u0\t箸\nu1\t箸\nu2\t箸\nu3\t箸\n");
        var (code, output, _) = await Run("--labels", _folder.FullName, "--texts", At("texts.tsv"), "--out", At("x.model"), "--held-out", "4", "--json");
        Assert.Equal(0, code);
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(3, result.GetProperty("sentences").GetInt32());
        Assert.Equal(100, result.GetProperty("score").GetProperty("phrase_exact").GetDouble());
        Assert.True(File.Exists(At("x.model")));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named()
    {
        var (_, _, failure) = await Run("--labels", At("nowhere"), "--texts", At("texts.tsv"), "--out", At("x.model"));
        Assert.Contains("nowhere", Assert.IsType<DirectoryNotFoundException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_no_label_is_named()
    {
        await File.WriteAllTextAsync(At("u0.lab"), "0 100 a\n");
        await File.WriteAllTextAsync(At("texts.tsv"), "u0\t箸\n");
        var (_, _, failure) = await Run("--labels", _folder.FullName, "--texts", At("texts.tsv"), "--out", At("x.model"), "--held-out", "0");
        Assert.StartsWith("u0: not a full-context label", Assert.IsType<InvalidDataException>(failure).Message, StringComparison.Ordinal);
    }
}
