#import "document.h"

#import "failure.h"

namespace tatin {

namespace {

[[noreturn]] void FailAt(const std::string& place, NSString* what) {
  throw Failure(Problem::kDocument, [NSString stringWithFormat:@"%s %@", place.c_str(), what]);
}

}  // namespace

Document Document::Parse(const std::string& json) {
  NSData* bytes = [NSData dataWithBytes:json.data() length:json.size()];
  NSError* error = nil;
  id parsed = [NSJSONSerialization JSONObjectWithData:bytes options:NSJSONReadingNone error:&error];
  if (parsed == nil) FailWith(error, @"Reading the document");
  if (![parsed isKindOfClass:[NSDictionary class]]) FailAt("The document", @"is not an object.");
  return Document(parsed, "");
}

std::string Document::PlaceOf(NSString* key) const { return place_.empty() ? Utf8(key) : place_ + "." + Utf8(key); }

id Document::Value(NSString* key, Class wanted) const {
  id value = fields_[key];
  if (value == nil || value == [NSNull null]) FailAt(PlaceOf(key), @"is missing.");
  if (![value isKindOfClass:wanted]) FailAt(PlaceOf(key), @"is of the wrong type.");
  return value;
}

bool Document::Has(NSString* key) const {
  id value = fields_[key];
  return value != nil && value != [NSNull null];
}

Document Document::Object(NSString* key) const { return Document(Value(key, [NSDictionary class]), PlaceOf(key)); }

std::vector<Document> Document::List(NSString* key) const {
  NSArray* items = Value(key, [NSArray class]);
  std::vector<Document> documents;
  for (NSUInteger index = 0; index < items.count; index++) {
    std::string place = PlaceOf(key) + "[" + std::to_string(index) + "]";
    if (![items[index] isKindOfClass:[NSDictionary class]]) FailAt(place, @"is not an object.");
    documents.push_back(Document(items[index], place));
  }
  return documents;
}

std::vector<std::string> Document::Texts(NSString* key) const {
  NSArray* items = Value(key, [NSArray class]);
  std::vector<std::string> texts;
  for (id item in items) {
    if (![item isKindOfClass:[NSString class]]) FailAt(PlaceOf(key), @"holds something that is not a text.");
    texts.push_back(Utf8(item));
  }
  return texts;
}

NSString* Document::Text(NSString* key) const { return Value(key, [NSString class]); }

bool Document::Flag(NSString* key) const {
  NSNumber* value = Value(key, [NSNumber class]);
  return value.boolValue;
}

uint64_t Document::Whole(NSString* key) const {
  double value = Number(key);
  // Above 2^53 a number of JavaScript is no longer exact.
  if (value < 0 || value > 9007199254740992.0 || value != static_cast<double>(static_cast<uint64_t>(value)))
    FailAt(PlaceOf(key), @"is not a whole number.");
  return static_cast<uint64_t>(value);
}

double Document::Number(NSString* key) const {
  NSNumber* value = Value(key, [NSNumber class]);
  return value.doubleValue;
}

NSData* Document::Base64(NSString* key) const {
  NSData* bytes = [[NSData alloc] initWithBase64EncodedString:Text(key) options:NSDataBase64DecodingNone];
  if (bytes == nil || bytes.length == 0) FailAt(PlaceOf(key), @"is not base64.");
  return bytes;
}

NSURL* Document::File(NSString* key) const {
  NSString* path = Text(key);
  if (Utf8(path).rfind("/", 0) != 0) FailAt(PlaceOf(key), @"is not an absolute path.");
  return [NSURL fileURLWithPath:path isDirectory:NO];
}

NSURL* Document::Folder(NSString* key) const { return [NSURL fileURLWithPath:File(key).path isDirectory:YES]; }

int Document::Descriptor(NSString* key) const { return static_cast<int>(Whole(key)); }

void Document::Unknown(NSString* key) const { FailAt(PlaceOf(key), @"is not known here."); }

std::string JsonText(id object) {
  NSError* error = nil;
  NSData* bytes = [NSJSONSerialization dataWithJSONObject:object options:NSJSONWritingSortedKeys error:&error];
  if (bytes == nil) FailWith(error, @"Writing a document");
  return std::string(static_cast<const char*>(bytes.bytes), bytes.length);
}

}  // namespace tatin
