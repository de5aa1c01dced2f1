using System.Security.Cryptography;
using Kanade.Text;

namespace Kanade.Corpus;

/// <summary>Names a frontend by all that decides how it reads.</summary>
static class FrontendKey
{
    /// <summary>Of what is made with it.</summary>
    const int Format = 1;

    /// <summary>SHA-256 of a file.</summary>
    internal static string Hash(string path, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        var block = new byte[1 << 20];
        while (file.Read(block) is > 0 and var read)
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What the user chose of how texts are read: switches, an accent model, dictionaries of the user's own.</summary>
    internal static string OfChoices(FrontendOptions options) => string.Join(' ',
        [$"{options.Accent} {options.ReadByContext} {options.Phonemes}", .. new[] { options.AccentModel, options.Heteronyms }.Concat(options.UserDictionaries ?? []).OfType<string>().Select(f => Hash(f, default))]);

    /// <summary>What decides how a line is read: format, symbol table, the frontend's code, its dictionary and its other files.</summary>
    internal static string Of(FrontendOptions options)
    {
        var dictionary = DictionaryFolder.Find(options.DictionaryFolder);
        string?[] files = [.. Directory.GetFiles(dictionary, "*.dic"), .. Directory.GetFiles(dictionary, "*.bin"), options.AccentModel, options.Heteronyms, .. options.UserDictionaries ?? []];
        var parts = new List<string>
        {
            $"{Format} {SymbolTable.Fingerprint} {typeof(JapaneseFrontend).Module.ModuleVersionId} {options.Accent} {options.ReadByContext} {options.Phonemes}",
        };
        parts.AddRange(files.OfType<string>().Order(StringComparer.Ordinal).Select(f => Hash(f, default)));
        return PhonemeCorpus.HashOf(parts);
    }
}
